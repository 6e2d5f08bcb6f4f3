"""A nested stack that fails is named in the event of its parent, goes away when it was to be created, and says when it
is rolled back.

ministack gives that event no physical id, so nobody finds what failed inside, leaves the failed child with its
resources behind, and calls the rollback of a child one more update.
"""

import asyncio
import threading

from ministack.services.cloudformation import _stack_events, _stacks, provisioners, stacks

from .patch import replace

NESTED = "AWS::CloudFormation::Stack"

# Ids of nested stacks that failed and whose parents have no event of it yet, by parent and logical id.
_failed = {}


def apply():
    handler = provisioners._RESOURCE_HANDLERS[NESTED]
    original_create, original_update = handler["create"], handler["update"]

    def create(logical_id, props, stack_name):
        before = set(_stacks)
        try:
            return original_create(logical_id, props, stack_name)
        except Exception as failure:
            child = made_since(before, stack_name, logical_id)
            if child is None:
                raise
            remember(stack_name, logical_id, child)
            explained = embedded(child, "created", failure)
            if threading.current_thread() is not threading.main_thread():
                asyncio.run(stacks._delete_stack_async(child["StackName"], child["StackId"]))
            raise explained from failure

    def update(physical_id, old_props, new_props, stack_name):
        try:
            return original_update(physical_id, old_props, new_props, stack_name)
        except Exception as failure:
            child = _stacks.get(provisioners._nested_stack_lookup_name(physical_id))
            if child is None:
                raise
            remember(stack_name, logical_id_of(stack_name, child["StackName"]), child)
            raise embedded(child, "updated", failure) from failure

    handler["create"], handler["update"] = create, update
    replace("_add_event", name_the_child)


def name_the_child(original):
    def add_event(stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", *args, **named):
        if resource_type == NESTED and logical_id != stack_name and status.endswith("_FAILED") and not physical_id:
            physical_id = _failed.pop((stack_name, logical_id), "")
        if resource_type == NESTED and logical_id == stack_name and status.startswith("UPDATE_"):
            status = rollback_of(stack_name, status)
        return original(
            stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, *args, **named
        )

    return add_event


ROLLBACK = {"UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE": "UPDATE_ROLLBACK_COMPLETE"}


def rollback_of(name, status):
    """The status of a nested stack whose parent is being rolled back."""
    stack = _stacks.get(name) or {}
    parent = _stacks.get(stack.get("_parent_stack_name")) or {}
    if status not in ROLLBACK or parent.get("StackStatus") != "UPDATE_ROLLBACK_IN_PROGRESS":
        return status
    stack["StackStatus"] = ROLLBACK[status]
    return stack["StackStatus"]


def remember(parent, logical_id, child):
    _failed[(parent, logical_id)] = child["StackId"]


def made_since(before, parent, logical_id):
    beginning = f"{parent}-{logical_id}-"
    for name in list(_stacks):
        if name not in before and name.startswith(beginning) and _stacks[name].get("_parent_stack_name") == parent:
            return _stacks[name]
    return None


def logical_id_of(parent, child):
    """``parent-Logical-1a2b3c4d-5e6``: logical ids are alphanumeric."""
    return child.removeprefix(f"{parent}-").split("-")[0]


def embedded(child, done, failure):
    """The sentence of AWS. The failures of the child are in its own events."""
    events = _stack_events.get(child["StackId"], [])
    failed = [e["LogicalResourceId"] for e in events if e["ResourceStatus"] in ("CREATE_FAILED", "UPDATE_FAILED")]
    names = [name for name in failed if name != child["StackName"]][-1:]
    verb = {"created": "create", "updated": "update"}[done]
    why = f"The following resource(s) failed to {verb}: [{', '.join(names)}]. " if names else str(failure)
    return ValueError(f"Embedded stack {child['StackId']} was not successfully {done}: {why}")

