"""Glue keeps the whole definition of a job.

ministack keeps some members of a job, drops the nodes of visual jobs, lists all jobs in one page, and merges what
UpdateJob brings. AWS keeps all of them, lists at most 1,000 jobs a page, and "completely overwrites" the job
(Glue API reference, UpdateJob and GetJobs). Times have fractions of a second, by which a change is seen.

The same holds for jobs of stacks; see the resource type AWS::Glue::Job in the CloudFormation template reference.

Runs belong to the gateway, which runs scripts. ministack's own would succeed without having run anything, for example
when a state machine starts one.
"""

import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue
from ministack.services.cloudformation import provisioners

from .patch import replace
from .resource_handler import check

# Members of CreateJob and JobUpdate. Source: Glue API reference, "CreateJob" and "JobUpdate".
MEMBERS = (
    "JobMode JobRunQueuingEnabled Description LogUri Role ExecutionProperty Command DefaultArguments"
    " NonOverridableArguments Connections MaxRetries AllocatedCapacity Timeout MaxCapacity WorkerType NumberOfWorkers"
    " SecurityConfiguration NotificationProperty GlueVersion CodeGenConfigurationNodes ExecutionClass"
    " SourceControlDetails MaintenanceWindow"
).split()
# What a job has that was not given, as ministack has it; its runs read these.
DEFAULTS = {
    "Command": {},
    "DefaultArguments": {},
    "NonOverridableArguments": {},
    "Connections": {},
    "MaxRetries": 0,
    "Timeout": 2880,
    # AWS Glue developer guide, "AWS Glue versions": what a job has that was made without one.
    "GlueVersion": "5.1",
}
LARGEST_PAGE = 1000

RESOURCE_TYPE = "AWS::Glue::Job"
# The properties of the resource type, each with whether it is required. Same source.
PROPERTIES = {
    name: name in ("Role", "Command")
    for name in (
        "AllocatedCapacity Command Connections DefaultArguments Description ExecutionClass ExecutionProperty GlueVersion"
        " JobMode JobRunQueuingEnabled LogUri MaintenanceWindow MaxCapacity MaxRetries Name NonOverridableArguments"
        " NotificationProperty NumberOfWorkers Role SecurityConfiguration Tags Timeout WorkerType"
    ).split()
}
NOT_OF_THE_JOB = ("Name", "Tags")
# Templates often have these as texts, since values of parameters are texts.
WHOLE_NUMBERS = ("AllocatedCapacity", "MaxRetries", "NumberOfWorkers", "Timeout")


def _number(value, convert):
    return convert(value) if isinstance(value, str) else value


def _fields(_original):
    """What CreateJob or UpdateJob gets for the properties of a resource."""

    def fields(props):
        data = {name: props[name] for name in PROPERTIES if name in props and name not in NOT_OF_THE_JOB}
        for name in WHOLE_NUMBERS:
            if name in data:
                data[name] = _number(data[name], int)
        if "MaxCapacity" in data:
            data["MaxCapacity"] = _number(data["MaxCapacity"], float)
        if isinstance(data.get("JobRunQueuingEnabled"), str):
            data["JobRunQueuingEnabled"] = data["JobRunQueuingEnabled"].lower() == "true"
        runs = data.get("ExecutionProperty", {}).get("MaxConcurrentRuns")
        if runs is not None:
            data["ExecutionProperty"] = {"MaxConcurrentRuns": _number(runs, int)}
        return data

    return fields


def _checked(handler, id_at, props_at):
    """``id_at``, ``props_at``: where the logical id and the properties stand among the arguments."""

    def checked(*args):
        check(args[id_at], PROPERTIES, args[props_at])
        return handler(*args)

    return checked


def _start_run(_original):
    def start_job_run(data):
        message = "The local AWS runs jobs that a client starts, and none that another service starts; see docs/local-aws.md."
        return error_response_json("NotImplemented", message, 501)

    return start_job_run



def _members(given):
    kept = {name: given[name] for name in MEMBERS if name in given}
    if "MaxCapacity" not in kept and kept.get("Command", {}).get("Name") == "pythonshell":
        kept["MaxCapacity"] = 0.0625
    elif "MaxCapacity" not in kept:
        kept.setdefault("NumberOfWorkers", 2)
        kept.setdefault("WorkerType", "G.1X")
    return {**DEFAULTS, **kept}


def _create(original):
    def create_job(data):
        answer = original(data)
        name = data.get("Name")
        if answer[0] == 200:
            now = time.time()
            tags = glue._jobs[name].get("Tags", {})
            glue._jobs[name] = {"Name": name, **_members(data), "Tags": tags, "CreatedOn": now, "LastModifiedOn": now}
        return answer

    return create_job


def _update(_original):
    def update_job(data):
        name = data.get("JobName")
        if name not in glue._jobs:
            return error_response_json("EntityNotFoundException", f"Job {name} not found", 400)
        before = glue._jobs[name]
        kept = {key: before[key] for key in ("Name", "Tags", "CreatedOn")}
        # Two changes are never of the same instant.
        now = max(time.time(), before["LastModifiedOn"] + 0.001)
        glue._jobs[name] = {**kept, **_members(data.get("JobUpdate", {})), "LastModifiedOn": now}
        return json_response({"JobName": name})

    return update_job


def _shown(job):
    return {name: value for name, value in job.items() if name != "Tags"}


def _get(original):
    def get_job(data):
        name = data.get("JobName")
        if name not in glue._jobs:
            return original(data)
        return json_response({"Job": _shown(glue._jobs[name])})

    return get_job


def _get_all(_original):
    def get_jobs(data):
        size = data.get("MaxResults", LARGEST_PAGE)
        if not isinstance(size, int) or not 1 <= size <= LARGEST_PAGE:
            return error_response_json("InvalidInputException", f"MaxResults must be from 1 to {LARGEST_PAGE}", 400)
        jobs = list(glue._jobs.values())
        token = data.get("NextToken") or "0"
        if not token.isdigit():
            return error_response_json("InvalidInputException", "The NextToken is not valid", 400)
        start, end = int(token), int(token) + size
        more = {"NextToken": str(end)} if end < len(jobs) else {}
        return json_response({"Jobs": [_shown(job) for job in jobs[start:end]], **more})

    return get_jobs


def apply():
    replacements = {
        "_create_job": _create,
        "_update_job": _update,
        "_get_job": _get,
        "_get_jobs": _get_all,
        "_start_job_run": _start_run,
    }
    for name, make in replacements.items():
        if not hasattr(glue, name):
            raise RuntimeError(f"shim: ministack's Glue has no {name}; is the version the pinned one?")
        setattr(glue, name, make(getattr(glue, name)))
    replace("_glue_job_fields", _fields)
    # An update overwrites the job, so that nothing is left to be set back.
    provisioners._GLUE_JOB_DEFAULTS.clear()
    handlers = provisioners._RESOURCE_HANDLERS[RESOURCE_TYPE]
    handlers["create"] = _checked(handlers["create"], 0, 1)
    handlers["update"] = _checked(handlers["update"], 4, 2)
