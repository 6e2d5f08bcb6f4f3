"""Namespaces and workgroups of Redshift Serverless in stacks. ministack has neither; the gateway keeps them.

Properties, return values and what is replaced: CloudFormation template reference, ``AWS::RedshiftServerless::Namespace``
and ``::Workgroup``.
"""

from .resource_handler import failure, register, reported, tag_changes, tags_of
from .service_call import ServiceError, call

NAMESPACE = "AWS::RedshiftServerless::Namespace"
WORKGROUP = "AWS::RedshiftServerless::Workgroup"
SERVICE = "RedshiftServerless"

OF_NAMESPACE = (
    "AdminPasswordSecretKmsKeyId",
    "AdminUserPassword",
    "AdminUsername",
    "DbName",
    "DefaultIamRoleArn",
    "IamRoles",
    "KmsKeyId",
    "LogExports",
    "ManageAdminPassword",
    "Tags",
)
OF_WORKGROUP = (
    "BaseCapacity",
    "ConfigParameters",
    "EnhancedVpcRouting",
    "MaxCapacity",
    "Port",
    "PubliclyAccessible",
    "SecurityGroupIds",
    "SubnetIds",
    "TrackName",
    "Tags",
)
NUMBERS = {"BaseCapacity", "MaxCapacity", "Port"}
FLAGS = {"EnhancedVpcRouting", "ManageAdminPassword", "PubliclyAccessible"}


def apply():
    register(
        NAMESPACE,
        {"NamespaceName": True, **dict.fromkeys(OF_NAMESPACE, False)},
        ("NamespaceName", "DbName"),
        create_namespace,
        update_namespace,
        delete_namespace,
    )
    register(
        WORKGROUP,
        {"WorkgroupName": True, "NamespaceName": True, **dict.fromkeys(OF_WORKGROUP, False)},
        ("WorkgroupName", "NamespaceName"),
        create_workgroup,
        update_workgroup,
        delete_workgroup,
    )


def ask(operation, members):
    return call("redshift-serverless", "POST", "/", {}, members, target=f"RedshiftServerless.{operation}")


def create_namespace(props):
    name = props["NamespaceName"]
    with reported(NAMESPACE, name, SERVICE):
        ask("CreateNamespace", {**members_of(props), "tags": tags_of(props)})
        return namespace(name)


def update_namespace(name, old, new):
    with reported(NAMESPACE, name, SERVICE):
        changed = changes(old, new)
        if changed:
            ask("UpdateNamespace", {"namespaceName": name, **changed})
        put_tags(ask("GetNamespace", {"namespaceName": name})["namespace"]["namespaceArn"], old, new)
        return namespace(name)


def delete_namespace(name, props):
    delete("DeleteNamespace", {"namespaceName": name}, NAMESPACE, name)


def namespace(name):
    found = ask("GetNamespace", {"namespaceName": name})["namespace"]
    return name, attributes("Namespace", found)


def create_workgroup(props):
    name = props["WorkgroupName"]
    with reported(WORKGROUP, name, SERVICE):
        ask("CreateWorkgroup", {**members_of(props), "tags": tags_of(props)})
        return name, attributes("Workgroup", available(name))


def update_workgroup(name, old, new):
    with reported(WORKGROUP, name, SERVICE):
        changed = changes(old, new)
        # The service takes a capacity and a port only in calls of their own.
        port = {key: changed.pop(key) for key in ("port",) if key in changed}
        for members in (changed, port):
            if members:
                ask("UpdateWorkgroup", {"workgroupName": name, **members})
                available(name)
        put_tags(ask("GetWorkgroup", {"workgroupName": name})["workgroup"]["workgroupArn"], old, new)
        return name, attributes("Workgroup", available(name))


def delete_workgroup(name, props):
    """The stack goes on when the workgroup is gone, so that its namespace can go, too."""
    delete("DeleteWorkgroup", {"workgroupName": name}, WORKGROUP, name)
    try:
        while True:
            ask("GetWorkgroup", {"workgroupName": name})
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise failure(error, WORKGROUP, name, SERVICE) from error


def available(name):
    """Ask until a workgroup is available; each look brings it nearer."""
    while True:
        found = ask("GetWorkgroup", {"workgroupName": name})["workgroup"]
        if found["status"] == "AVAILABLE":
            return found


def delete(operation, members, resource_type, name):
    try:
        ask(operation, members)
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise failure(error, resource_type, name, SERVICE) from error


def members_of(props):
    return {lower(key): converted(key, value) for key, value in props.items() if key != "Tags"}


def changes(old, new):
    before, after = members_of(old), members_of(new)
    return {key: value for key, value in after.items() if before.get(key) != value}


def converted(key, value):
    """Templates may give numbers and flags as texts; the names inside of lists begin with a small letter."""
    if key in NUMBERS:
        return int(value)
    if key in FLAGS:
        return str(value).lower() == "true"
    if key == "ConfigParameters":
        return [{lower(name): text for name, text in entry.items()} for entry in value]
    return value


def lower(key):
    return key[0].lower() + key[1:]


def attributes(kind, found):
    """What ``Fn::GetAtt`` reaches, such as ``Namespace.NamespaceArn``."""
    result = {}
    for key, value in found.items():
        if isinstance(value, (str, int, bool)):
            result[f"{kind}.{key[0].upper()}{key[1:]}"] = value
    for key, value in found.get("endpoint", {}).items():
        result[f"{kind}.Endpoint.{key[0].upper()}{key[1:]}"] = value
    return result


def put_tags(arn, old, new):
    gone, changed = tag_changes(old, new)
    if gone:
        ask("UntagResource", {"resourceArn": arn, "tagKeys": gone})
    if changed:
        ask("TagResource", {"resourceArn": arn, "tags": changed})
