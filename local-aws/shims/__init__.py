"""Corrections to ministack, applied in its process before it serves.

ministack is pinned by version and hash, so a shim may rely on its inner names; ``patch`` refuses to start
when one is missing. Each shim is described in docs/local-aws.md. Remove a shim when ministack does the same.
"""

from . import (
    bucket_not_empty,
    bucket_owner,
    capabilities,
    codeartifact_groups,
    codeartifact_resources,
    conditions,
    ecr_images_api,
    ecr_layers,
    ecr_repositories,
    ecr_tokens,
    function_url,
    glue_jobs,
    lambda_code,
    nested_stack_delete,
    nested_stack_failure,
    outputs_change,
    pace,
    redshift_resources,
    resource_failure,
    resource_page,
    stack_states,
    stack_status,
    template_checks,
    template_url,
    update_events,
)

# The order matters where two shims wrap the same function: the later one is the outer one.
ALL = (
    bucket_not_empty,
    bucket_owner,
    capabilities,
    codeartifact_resources,
    codeartifact_groups,
    redshift_resources,
    ecr_images_api,
    ecr_layers,
    ecr_repositories,
    ecr_tokens,
    function_url,
    glue_jobs,
    lambda_code,
    nested_stack_delete,
    nested_stack_failure,
    template_url,
    template_checks,
    conditions,
    outputs_change,
    update_events,
    resource_page,
    stack_states,
    resource_failure,
    stack_status,
    pace,
)


def apply():
    for shim in ALL:
        shim.apply()


def forget(_):
    """Take back all settings."""
    for shim in (ecr_tokens, pace, resource_failure, stack_status):
        shim.forget()


# What the gateway can set while ministack runs. A function may refuse with ValueError.
SETTINGS = {
    "ecrTokenSeconds": ecr_tokens.set_lifetime,
    "resourceSeconds": pace.set_seconds,
    "stackPace": pace.set_for_stack,
    "resourceFailure": resource_failure.add,
    "stackStatus": stack_status.set_status,
    "forget": forget,
}
