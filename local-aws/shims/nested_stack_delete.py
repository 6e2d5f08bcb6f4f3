"""A nested stack is deleted as a stack of its own: with events, deletion policies and failures.

ministack deletes its resources one by one, ignores their DeletionPolicy and every failure, and reports success.
"""

import asyncio
import threading

from ministack.services.cloudformation import _stacks, provisioners, stacks


def apply():
    handler = provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::Stack"]
    original = handler["delete"]

    def delete(physical_id, props):
        child = _stacks.get(provisioners._nested_stack_lookup_name(physical_id))
        if child is None or child["StackStatus"] == "DELETE_COMPLETE":
            return None
        if threading.current_thread() is threading.main_thread():
            return original(physical_id, props)
        # A worker thread waits for the child; its event loop is this thread's own.
        asyncio.run(stacks._delete_stack_async(child["StackName"], child["StackId"]))
        if child["StackStatus"] != "DELETE_COMPLETE":
            raise ValueError(
                f"Embedded stack {child['StackId']} was not successfully deleted: {child.get('StackStatusReason', '')}"
            )
        return None

    handler["delete"] = delete
