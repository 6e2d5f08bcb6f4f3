"""How long each resource of a stack takes.

ministack finishes a stack before the first poll can see it in progress. A test of waiting, cancelling or a
second operation at the same time can set a number of seconds that creating, updating or deleting one resource
takes, for all stacks or for the stacks of one name; 0, the default, leaves ministack as it is.
"""

import threading
import time

from ministack.services.cloudformation import stacks

from .patch import replace

_seconds = 0.0
_of_stack = {}
# A new pace holds at once for the resources that are waiting, so that a test can hold a stack and let it go.
_changed = threading.Condition()


def set_seconds(value):
    global _seconds
    with _changed:
        _seconds = bounded(value)
        _changed.notify_all()


def set_for_stack(setting):
    with _changed:
        _of_stack[setting["stackName"]] = bounded(setting["resourceSeconds"])
        _changed.notify_all()


def forget():
    with _changed:
        _of_stack.clear()
    set_seconds(0)


def wait_for(stack_name):
    """Returns when a resource of the stack has taken its time."""
    start = time.monotonic()
    with _changed:
        while True:
            left = start + _of_stack.get(stack_name, _seconds) - time.monotonic()
            if left <= 0:
                return
            _changed.wait(left)


def bounded(value):
    return min(max(float(value), 0.0), 3600.0)


def apply():
    def on_thread(original):
        return lambda resource_type: _seconds > 0 or any(_of_stack.values()) or original(resource_type)

    def slow(name_at):
        """``name_at``: where the stack's name stands among the arguments."""

        def wrap(original):
            def slowly(*args, **named):
                # On the main thread runs the event loop, which must not stand still.
                if threading.current_thread() is not threading.main_thread():
                    wait_for(args[name_at] if len(args) > name_at else None)
                return original(*args, **named)

            return slowly

        return wrap

    replace("_runs_on_worker_thread", on_thread)
    replace("_provision_keeping_seed", slow(3))
    replace("_update_keeping_seed", slow(4))
    replace("_delete_resource", slow(3), modules=(stacks,))
