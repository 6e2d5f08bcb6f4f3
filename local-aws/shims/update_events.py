"""A resource that an update adds has CREATE events, as on AWS; ministack calls them UPDATE events."""

from ministack.services import cloudformation

from .patch import replace

# The logical ids that a stack had before the update that runs now, by stack id.
_before = {}


def apply():
    def deploy(original):
        async def deploy_stack(stack_name, stack_id, *args, is_update=False, previous_stack=None, **named):
            if is_update and previous_stack is not None:
                _before[stack_id] = set(previous_stack.get("_resources") or {})
            try:
                return await original(
                    stack_name, stack_id, *args, is_update=is_update, previous_stack=previous_stack, **named
                )
            finally:
                _before.pop(stack_id, None)

        return deploy_stack

    def add_event(original):
        def event(stack_id, stack_name, logical_id, resource_type, status, *args, **named):
            added = stack_id in _before and logical_id not in _before[stack_id] and logical_id != stack_name
            if added and status.startswith("UPDATE_"):
                status = "CREATE_" + status.removeprefix("UPDATE_")
                resource = cloudformation._stacks[stack_name]["_resources"].get(logical_id)
                if resource and status == "CREATE_COMPLETE":
                    resource["ResourceStatus"] = status
            return original(stack_id, stack_name, logical_id, resource_type, status, *args, **named)

        return event

    replace("_deploy_stack_async", deploy)
    replace("_add_event", add_event)
