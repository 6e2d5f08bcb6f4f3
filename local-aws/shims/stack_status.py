"""Stacks in a status that they would not reach by themselves, for a while or for good.

The status is the stack's own, so all answers agree, with an event as if CloudFormation had come there. What runs
afterwards starts from it: an update is refused, ContinueUpdateRollback leads on from ``UPDATE_ROLLBACK_FAILED``.
"""

import contextvars

from ministack.core.responses import get_account_id, get_region, now_iso, set_request_account_id, set_request_region
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

from . import stack_states
from .patch import replace, wrap_action

STACK = "AWS::CloudFormation::Stack"

# How the next operation on a stack seems to end, by account, Region and name.
_ends = {}
# ministack's own way to add an event, without what this shim does to it.
_record = None


def set_status(setting):
    """Show a stack in a status now, or when its next operation ends; ValueError when that cannot be."""
    contextvars.copy_context().run(set_in_place, setting)


def set_in_place(setting):
    set_request_account_id(setting["account"])
    set_request_region(setting["region"])
    name = setting["stackName"]
    if setting.get("when") == "operation-end":
        _ends[place_of(name)] = setting
        return
    stack = handlers._resolve_stack(name)
    if not stack_states.exists(stack):
        raise ValueError(f"There is no stack {name} in {setting['region']} of account {setting['account']}.")
    if stack["StackId"] in stack_states._running:
        raise ValueError(
            f"An operation runs on the stack {name} ({stack['StackStatus']}). Wait for its end, or set the status "
            'with "when": "operation-end" before it begins.'
        )
    show(stack, setting, setting.get("next"))


def forget():
    _ends.clear()


def apply():
    global _record
    _record = stacks._add_event
    replace("_add_event", end_as_told)
    wrap_action("DescribeStacks", lead_on)
    wrap_action("DescribeStackEvents", lead_on)


def place_of(name):
    return get_account_id(), get_region(), name


def show(stack, shown, following):
    stack["StackStatus"] = shown["status"]
    stack["StackStatusReason"] = shown.get("reason", "")
    failed = {}
    for logical_id, told in shown.get("resources", {}).items():
        resource = stack.get("_resources", {}).get(logical_id)
        if resource is None:
            continue
        resource.update(
            ResourceStatus=told["status"], ResourceStatusReason=told.get("reason", ""), Timestamp=now_iso()
        )
        add_event(stack, logical_id, resource["ResourceType"], told, resource.get("PhysicalResourceId", ""))
        if told["status"] == "UPDATE_FAILED":
            failed[logical_id] = revert_of(resource)
    if shown["status"] == "UPDATE_ROLLBACK_FAILED":
        # What ContinueUpdateRollback tries again, or may skip.
        stack["_rollback_failed"] = failed
    add_event(stack, stack["StackName"], STACK, shown, stack["StackId"])
    stack["_shown"] = {"status": shown["status"], "seen": 0, "next": list(following or [])}


def add_event(stack, logical_id, resource_type, told, physical_id):
    # What comes after an operation carries its token, as on AWS.
    events = cloudformation._stack_events.get(stack["StackId"], [])
    token = events[-1].get("ClientRequestToken", "") if events else ""
    scope = stacks.CLIENT_REQUEST_TOKEN.set(stacks.CLIENT_REQUEST_TOKEN.get() or token)
    try:
        _record(
            stack["StackId"], stack["StackName"], logical_id, resource_type, told["status"], told.get("reason", ""),
            physical_id,
        )
    finally:
        stacks.CLIENT_REQUEST_TOKEN.reset(scope)


def revert_of(resource):
    props = resource.get("Properties", {})
    return {
        "PhysicalResourceId": resource.get("PhysicalResourceId", ""),
        "ResourceType": resource["ResourceType"],
        "RevertFrom": props,
        "RevertTo": props,
        "Attributes": resource.get("Attributes", {}),
    }


def end_as_told(original):
    def event(stack_id, stack_name, logical_id, resource_type, status, *args, **named):
        stack = cloudformation._stacks.get(stack_name)
        of_stack = logical_id == stack_name and resource_type == STACK
        # ministack sets the status before the event of an end.
        ends = of_stack and not status.endswith("_IN_PROGRESS") and stack is not None and stack["StackStatus"] == status
        told = _ends.pop(place_of(stack_name), None) if ends else None
        if told is not None:
            return show(stack, told, told.get("next"))
        return original(stack_id, stack_name, logical_id, resource_type, status, *args, **named)

    return event


def lead_on(original):
    def describe(params):
        name = handlers._p(params, "StackName")
        # Pages of one list belong to one look.
        if name and not handlers._p(params, "NextToken"):
            look_at(handlers._resolve_stack(name))
        return original(params)

    return describe


def look_at(stack):
    shown = (stack or {}).get("_shown")
    if shown is None:
        return
    if not shown["next"] or stack["StackStatus"] != shown["status"]:
        # Nothing follows, or another operation has begun.
        stack.pop("_shown")
        return
    following, *rest = shown["next"]
    if shown["seen"] >= following["after"]:
        show(stack, following, rest)
    else:
        shown["seen"] += 1
