"""Glue keeps the whole definition of a job.

ministack keeps some members of a job, drops the nodes of visual jobs, lists all jobs in one page, and merges what
UpdateJob brings. AWS keeps all of them, lists at most 1,000 jobs a page, and "completely overwrites" the job
(Glue API reference, UpdateJob and GetJobs). Times have fractions of a second, by which a change is seen.
"""

import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

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
    "GlueVersion": "3.0",
}
LARGEST_PAGE = 1000


def _members(given):
    kept = {name: given[name] for name in MEMBERS if name in given}
    if "MaxCapacity" not in kept:
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
    replacements = {"_create_job": _create, "_update_job": _update, "_get_job": _get, "_get_jobs": _get_all}
    for name, make in replacements.items():
        if not hasattr(glue, name):
            raise RuntimeError(f"shim: ministack's Glue has no {name}; is the version the pinned one?")
        setattr(glue, name, make(getattr(glue, name)))
