"""How long each resource of a stack takes.

ministack finishes a stack before the first poll can see it in progress. A test of waiting, cancelling or a
second operation at the same time can set a number of seconds that creating, updating or deleting one resource
takes; 0, the default, leaves ministack as it is.
"""

import threading
import time

from .patch import replace

_seconds = 0.0


def set_seconds(value):
    global _seconds
    _seconds = min(max(float(value), 0.0), 3600.0)


def apply():
    def on_thread(original):
        return lambda resource_type: _seconds > 0 or original(resource_type)

    def slow(original):
        def slowly(*args, **named):
            # On the main thread runs the event loop, which must not stand still.
            if _seconds > 0 and threading.current_thread() is not threading.main_thread():
                time.sleep(_seconds)
            return original(*args, **named)

        return slowly

    replace("_runs_on_worker_thread", on_thread)
    replace("_provision_keeping_seed", slow)
    replace("_update_keeping_seed", slow)
    from ministack.services.cloudformation import stacks

    replace("_delete_resource", slow, modules=(stacks,))
