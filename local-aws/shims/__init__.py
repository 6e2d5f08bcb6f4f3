"""Corrections to ministack, applied in its process before it serves.

ministack is pinned by version and hash, so a shim may rely on its inner names; ``patch`` refuses to start
when one is missing. Each shim is described in docs/local-aws.md. Remove a shim when ministack does the same.
"""

from . import (
    bucket_not_empty,
    bucket_owner,
    capabilities,
    function_url,
    lambda_code,
    nested_stack_delete,
    outputs_change,
    pace,
    stack_states,
    template_checks,
    template_url,
    update_events,
)

# The order matters where two shims wrap the same function: the later one is the outer one.
ALL = (
    bucket_not_empty,
    bucket_owner,
    capabilities,
    function_url,
    lambda_code,
    nested_stack_delete,
    template_url,
    template_checks,
    outputs_change,
    update_events,
    stack_states,
    pace,
)


def apply():
    for shim in ALL:
        shim.apply()
