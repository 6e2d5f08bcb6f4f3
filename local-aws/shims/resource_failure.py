"""Resources that cannot be created, updated or deleted.

The engine meets the failure as one of the resource itself, so everything that follows is its own: rollback,
``DELETE_FAILED`` with the resource held, ``UPDATE_ROLLBACK_FAILED`` with a resource that ContinueUpdateRollback
tries again or skips.
"""

from ministack.core.responses import get_region
from ministack.services.cloudformation import stacks

from .patch import replace

REASON = 'Resource handler returned message: "Internal Failure" (HandlerErrorCode: InternalFailure)'

_failures = []


def add(failure):
    """One more failure; None removes all."""
    if failure is None:
        _failures.clear()
    else:
        _failures.append({"region": None, "reason": REASON, "times": None, "skip": 0, **failure})


def forget():
    _failures.clear()


def apply():
    def create(original):
        def provision(resource_type, logical_id, props, stack_name):
            meet("create", stack_name, logical_id)
            return original(resource_type, logical_id, props, stack_name)

        return provision

    def update(original):
        def update_resource(resource_type, physical_id, old, new, stack_name, logical_id=None, attributes=None):
            # ministack asks for resources that do not change, too.
            if old != new:
                meet("update", stack_name, logical_id)
            return original(resource_type, physical_id, old, new, stack_name, logical_id, attributes)

        return update_resource

    def delete(original):
        def delete_resource(resource_type, physical_id, props, stack_name=None, logical_id=None):
            meet("delete", stack_name, logical_id)
            return original(resource_type, physical_id, props, stack_name, logical_id)

        return delete_resource

    replace("_provision_resource", create, modules=(stacks,))
    replace("_update_resource", update, modules=(stacks,))
    replace("_delete_resource", delete, modules=(stacks,))


def meet(action, stack_name, logical_id):
    for failure in _failures:
        if (failure["action"], failure["stackName"], failure["logicalId"]) != (action, stack_name, logical_id):
            continue
        if failure["region"] not in (None, get_region()) or failure["times"] == 0:
            continue
        if failure["skip"] > 0:
            failure["skip"] -= 1
            continue
        if failure["times"] is not None:
            failure["times"] -= 1
        raise ValueError(failure["reason"])
