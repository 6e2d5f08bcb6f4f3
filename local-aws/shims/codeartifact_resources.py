"""Domains and repositories of CodeArtifact in stacks. ministack has neither; the gateway keeps them.

What the handlers do, and in which order: the provider of these types that AWS publishes
(github.com/aws-cloudformation/aws-cloudformation-resource-providers-codeartifact).
"""

import json

from ministack.core.responses import get_account_id

from .resource_handler import failure, handler_failure, register, reported, tag_changes, tags_of
from .service_call import ServiceError, call

DOMAIN = "AWS::CodeArtifact::Domain"
REPOSITORY = "AWS::CodeArtifact::Repository"


def ask(method, path, query, body=None):
    return call("codeartifact", method, f"/v1/{path}", query, body)


def apply():
    register(
        DOMAIN,
        {"DomainName": True, "EncryptionKey": False, "PermissionsPolicyDocument": False, "Tags": False},
        ("DomainName", "EncryptionKey"),
        create_domain,
        update_domain,
        delete_domain,
    )
    optional = ("DomainOwner", "Description", "Upstreams", "ExternalConnections", "PermissionsPolicyDocument", "Tags")
    register(
        REPOSITORY,
        {"RepositoryName": True, "DomainName": True, **dict.fromkeys(optional, False)},
        ("RepositoryName", "DomainName", "DomainOwner"),
        create_repository,
        update_repository,
        delete_repository,
    )


def create_domain(props):
    name = props["DomainName"]
    where = {"domain": name}
    body = {"tags": tags_of(props)}
    if "EncryptionKey" in props:
        body["encryptionKey"] = props["EncryptionKey"]
    with reported(DOMAIN, name):
        domain = ask("POST", "domain", where, body)["domain"]
        with removed_on_failure(lambda: ask("DELETE", "domain", where)):
            put_policy("domain", where, {}, props)
    return domain["arn"], domain_attributes(domain)


def update_domain(arn, old, new):
    name = new["DomainName"]
    where = {"domain": name}
    with reported(DOMAIN, name):
        put_policy("domain", where, old, new)
        put_tags(arn, old, new)
        return arn, domain_attributes(ask("GET", "domain", where)["domain"])


def delete_domain(arn, props):
    """A domain with repositories stays."""
    try:
        ask("DELETE", "domain", {"domain": props["DomainName"]})
    except ServiceError as error:
        if error.code == "ConflictException":
            said = f"{error} (Service: Codeartifact, Status Code: {error.status}, Request ID: LOCAL)"
            raise handler_failure(f"Invalid request provided: {said}", "InvalidRequest") from error
        raise failure(error, DOMAIN, props["DomainName"]) from error


def domain_attributes(domain):
    return {
        "Arn": domain["arn"],
        "EncryptionKey": domain["encryptionKey"],
        "Name": domain["name"],
        "Owner": domain["owner"],
    }


def create_repository(props):
    where = place(props)
    body = {"tags": tags_of(props), "upstreams": upstreams(props)}
    if "Description" in props:
        body["description"] = props["Description"]
    with reported(REPOSITORY, props["RepositoryName"]):
        ask("POST", "repository", where, body)
        with removed_on_failure(lambda: ask("DELETE", "repository", where)):
            put_policy("repository", where, {}, props)
            put_connections(where, {}, props)
        return repository(where)


def update_repository(arn, old, new):
    where = place(new)
    with reported(REPOSITORY, new["RepositoryName"]):
        # A repository has upstream repositories or an external connection: the one goes before the other comes.
        steps = [lambda: put_description_and_upstreams(where, old, new), lambda: put_connections(where, old, new)]
        for step in reversed(steps) if new.get("Upstreams") else steps:
            step()
        put_policy("repository", where, old, new)
        put_tags(arn, old, new)
        return repository(where)


def delete_repository(arn, props):
    """A repository goes with all its packages (user guide, "Delete a repository")."""
    try:
        ask("DELETE", "repository", place(props))
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise failure(error, REPOSITORY, props["RepositoryName"]) from error


def place(props):
    return {
        "domain": props["DomainName"],
        "domain-owner": props.get("DomainOwner", get_account_id()),
        "repository": props["RepositoryName"],
    }


def repository(where):
    found = ask("GET", "repository", where)["repository"]
    attributes = {
        "Arn": found["arn"],
        "DomainName": found["domainName"],
        "DomainOwner": found["domainOwner"],
        "Name": found["name"],
    }
    return found["arn"], attributes


def upstreams(props):
    return [{"repositoryName": name} for name in props.get("Upstreams") or []]


def put_description_and_upstreams(where, old, new):
    body = {"description": new.get("Description", ""), "upstreams": upstreams(new)}
    if body != {"description": old.get("Description", ""), "upstreams": upstreams(old)}:
        ask("PUT", "repository", where, body)


def put_connections(where, old, new):
    before, after = (props.get("ExternalConnections") or [] for props in (old, new))
    for name in before:
        if name not in after:
            try:
                ask("DELETE", "repository/external-connection", {**where, "external-connection": name})
            except ServiceError as error:
                if error.code != "ResourceNotFoundException":
                    raise
    for name in after:
        if name not in before:
            ask("POST", "repository/external-connection", {**where, "external-connection": name})


def put_policy(kind, where, old, new):
    policy = new.get("PermissionsPolicyDocument")
    if policy is not None:
        document = policy if isinstance(policy, str) else json.dumps(policy)
        ask("PUT", f"{kind}/permissions/policy", where, {"policyDocument": document})
    elif old.get("PermissionsPolicyDocument") is not None:
        ask("DELETE", f"{kind}/permissions/{'policy' if kind == 'domain' else 'policies'}", where)


def put_tags(arn, old, new):
    gone, changed = tag_changes(old, new)
    if gone:
        ask("POST", "untag", {"resourceArn": arn}, {"tagKeys": gone})
    if changed:
        ask("POST", "tag", {"resourceArn": arn}, {"tags": changed})


class removed_on_failure:
    """Removes what was made when the rest of its creation fails, as the rollback of a stack would."""

    def __init__(self, remove):
        self.remove = remove

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, ServiceError):
            self.remove()
        return False
