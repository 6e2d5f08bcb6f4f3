"""How a resource type that ministack does not have is added, with the failures that its handler would report.

Sentences: CloudFormation's own, as its Java plugin words them (``Cfn*Exception``).
"""

import uuid

from ministack.services.cloudformation import provisioners, stacks

from .patch import replace
from .service_call import ServiceError

_types = set()


def register(resource_type, properties, replacing, create, update, delete):
    """Add a type.

    ``properties``: the names, each with whether it is required. ``replacing``: those whose change replaces the
    resource. The handlers take what ministack's take."""
    if resource_type in provisioners._RESOURCE_HANDLERS:
        raise RuntimeError(f"shim: ministack has {resource_type} itself; is the version the pinned one?")

    def created(logical_id, props, stack_name):
        check(logical_id, properties, props)
        return create(props)

    def updated(physical_id, old, new, stack_name, logical_id):
        check(logical_id, properties, new)
        return update(physical_id, old, new)

    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": created,
        "update": updated,
        "update_with_logical_id": True,
        "delete": delete,
    }
    provisioners._REPLACING_PROPERTIES[resource_type] = tuple(replacing)
    provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")
    if not _types:
        # Their calls block, and the event loop must not stand still.
        replace("_runs_on_worker_thread", lambda original: lambda name: name in _types or original(name))
    _types.add(resource_type)


def check(logical_id, properties, props):
    problems = [f"#: required key [{name}] not found" for name, needed in properties.items() if needed and name not in props]
    problems += [f"#: extraneous key [{name}] is not permitted" for name in props if name not in properties]
    if problems:
        listed = "\n".join(problems)
        raise ValueError(f"Properties validation failed for resource {logical_id} with message:\n{listed}")


def failure(error, resource_type, name, service="Codeartifact"):
    """What CloudFormation says of a resource whose service has answered with an error."""
    said = f"{error} (Service: {service}, Status Code: {error.status}, Request ID: LOCAL)"
    code, message = {
        "ConflictException": ("AlreadyExists", f"Resource of type '{resource_type}' with identifier '{name}' already exists."),
        "ResourceNotFoundException": ("NotFound", f"Resource of type '{resource_type}' with identifier '{name}' was not found."),
        "ServiceQuotaExceededException": (
            "ServiceLimitExceeded",
            f"Limit exceeded for resource of type '{resource_type}'. Reason: {error}",
        ),
        "ValidationException": ("InvalidRequest", f"Invalid request provided: {said}"),
        "AccessDeniedException": ("AccessDenied", said),
    }.get(error.code, ("GeneralServiceException", said))
    return handler_failure(message, code)


def handler_failure(message, code):
    return ValueError(
        f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})'
    )


def tag_changes(old, new):
    """The keys that are no longer there, and the tags that are new or have another value."""
    before, after = (provisioners._tag_map(props.get("Tags")) for props in (old, new))
    gone = [key for key in before if key not in after]
    changed = [{"key": key, "value": value} for key, value in after.items() if before.get(key) != value]
    return gone, changed


def tags_of(props):
    return tag_changes({}, props)[1]


def reported(resource_type, name, service="Codeartifact"):
    """A context in which an error of the service becomes a failure of the resource."""
    return _Reported(resource_type, name, service)


class _Reported:
    def __init__(self, resource_type, name, service):
        self.resource_type, self.name, self.service = resource_type, name, service

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, ServiceError):
            raise failure(error, self.resource_type, self.name, self.service) from error
        return False
