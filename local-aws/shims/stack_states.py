"""Which operation a stack accepts in which state, and deleting a stack that is being created.

ministack creates over a stack in ROLLBACK_COMPLETE, accepts a change set for it, lets two operations run on
one stack at the same time, gives a stack in review a new id with every further change set, and forgets a
deleted stack when another one takes its name.
"""

import asyncio

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

from .patch import error, parameter, replace, wrap_action

# Stacks in these states can be updated (DescribeStacks, "Stack status codes").
UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        # Failed without rollback (DisableRollback).
        "CREATE_FAILED",
        "UPDATE_FAILED",
    }
)
# A stack that is being created can be deleted; other operations end first.
NOT_DELETABLE = frozenset(
    {
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "IMPORT_IN_PROGRESS",
        "IMPORT_ROLLBACK_IN_PROGRESS",
    }
)


def apply():
    wrap_action("CreateStack", refuse_existing)
    wrap_action("UpdateStack", refuse_update)
    wrap_action("CreateChangeSet", keep_change_set_rules)
    wrap_action("ExecuteChangeSet", refuse_execution)
    wrap_action("DeleteStack", refuse_deletion)
    replace("_deploy_stack_async", know_deployments)
    replace("_add_event", stop_when_deleted)
    replace("_delete_stack_async", delete_after_deployment)


def current(params):
    return handlers._resolve_stack(parameter(params, "StackName"))


def cannot_be_updated(stack):
    return error("ValidationError", f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")


def exists(stack):
    return stack is not None and stack["StackStatus"] != "DELETE_COMPLETE"


def keep_deleted(stack):
    """A deleted stack can be asked for by its id, also when its name is taken again; the id is its key then."""
    if stack is not None:
        cloudformation._stacks[stack["StackId"]] = stack


def refuse_existing(original):
    def create_stack(params):
        stack = current(params)
        if exists(stack):
            return error("AlreadyExistsException", f"Stack [{stack['StackName']}] already exists")
        keep_deleted(stack)
        return original(params)

    return create_stack


def refuse_update(original):
    def update_stack(params):
        stack = current(params)
        if exists(stack) and stack["StackStatus"] not in UPDATABLE:
            return cannot_be_updated(stack)
        return original(params)

    return update_stack


def keep_change_set_rules(original):
    def create_change_set(params):
        stack = current(params)
        kind = parameter(params, "ChangeSetType") or "UPDATE"
        if not exists(stack):
            keep_deleted(stack)
            answer = original(params)
            hide_tags_in_review(current(params))
            return answer
        if kind == "CREATE" and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            name = stack["StackName"]
            return error("AlreadyExistsException", f"Stack [{name}] already exists and cannot be created again with the changeSet [{parameter(params, 'ChangeSetName')}].")
        if kind == "UPDATE" and stack["StackStatus"] not in UPDATABLE:
            return cannot_be_updated(stack)
        if kind == "CREATE":
            return in_the_same_review(original, params, stack)
        return original(params)

    return create_change_set


def hide_tags_in_review(stack):
    """The empty stack of a CREATE change set has no tags yet; executing the change set brings them."""
    if stack is not None and stack["StackStatus"] == "REVIEW_IN_PROGRESS":
        stack["Tags"] = []


def in_the_same_review(original, params, stack):
    """A further CREATE change set belongs to the stack that is in review already."""
    events = cloudformation._stack_events.get(stack["StackId"], [])
    status, headers, body = original(params)
    name, kept_id = stack["StackName"], stack["StackId"]
    replacement = cloudformation._stacks.get(name)
    cloudformation._stacks[name] = stack
    if replacement is not None and replacement is not stack:
        new_id = replacement["StackId"]
        cloudformation._stack_events.pop(new_id, None)
        for change_set in cloudformation._change_sets.values():
            if change_set["StackId"] == new_id:
                change_set["StackId"] = kept_id
        body = body.replace(new_id.encode(), kept_id.encode())
    cloudformation._stack_events[kept_id] = events
    return status, headers, body


def refuse_execution(original):
    def execute_change_set(params):
        _, change_set = cloudformation.changesets._find_change_set(
            parameter(params, "ChangeSetName"), parameter(params, "StackName")
        )
        stack = cloudformation._stacks.get(change_set["StackName"]) if change_set else None
        if exists(stack) and stack["StackStatus"] not in UPDATABLE | {"REVIEW_IN_PROGRESS"}:
            return cannot_be_updated(stack)
        return original(params)

    return execute_change_set


def refuse_deletion(original):
    def delete_stack(params):
        stack = current(params)
        if exists(stack) and stack["StackStatus"] == "DELETE_IN_PROGRESS":
            # The deletion that runs is the answer; ministack would begin a second one.
            return helpers._xml(200, "DeleteStackResponse", "")
        if exists(stack) and stack["StackStatus"] in NOT_DELETABLE:
            return error(
                "ValidationError",
                f"Stack [{stack['StackName']}] cannot be deleted while in status {stack['StackStatus']}",
            )
        return original(params)

    return delete_stack


# Deployments that run now, by stack id, and those of them that are to end before their next resource.
_running = {}
_to_end = set()


def know_deployments(original):
    async def deploy_stack(stack_name, stack_id, *args, **named):
        ended = _running[stack_id] = asyncio.Event()
        try:
            return await original(stack_name, stack_id, *args, **named)
        finally:
            _running.pop(stack_id, None)
            _to_end.discard(stack_id)
            ended.set()

    return deploy_stack


def stop_when_deleted(original):
    def add_event(stack_id, stack_name, logical_id, resource_type, status, *args, **named):
        if stack_id in _to_end and logical_id != stack_name and status == "CREATE_IN_PROGRESS":
            # Not an Exception, so ministack does not take it for a failed resource and does not roll back.
            raise asyncio.CancelledError
        return original(stack_id, stack_name, logical_id, resource_type, status, *args, **named)

    return add_event


def delete_after_deployment(original):
    async def delete_stack(stack_name, stack_id, *args, **named):
        ended = _running.get(stack_id)
        stack = cloudformation._stacks.get(stack_name)
        if ended is not None and stack is not None and stack["StackStatus"] == "CREATE_IN_PROGRESS":
            _to_end.add(stack_id)
            stack["StackStatus"] = "DELETE_IN_PROGRESS"
            await ended.wait()
        return await original(stack_name, stack_id, *args, **named)

    return delete_stack
