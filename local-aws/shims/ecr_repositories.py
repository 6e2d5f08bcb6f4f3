"""Repositories of ECR: which tags may move, and layers that go away with their repository.

ministack has no exclusions from tag immutability and takes every word for a mode.
Rules: ECR user guide, "Preventing image tags from being overwritten".
"""

import re

from ministack.core.responses import error_response_json
from ministack.services import ecr
from ministack.services.cloudformation import provisioners

from . import ecr_layers

MODES = ("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")
FILTERS = "imageTagMutabilityExclusionFilters"


def is_immutable(repository, tag):
    """Whether a tag of a repository that is there may not move."""
    mode = repository.get("imageTagMutability", "MUTABLE")
    excluded = any(fits(entry.get("filter", ""), tag) for entry in repository.get(FILTERS) or [])
    immutable = mode.startswith("IMMUTABLE")
    return immutable != (excluded and mode.endswith("_WITH_EXCLUSION"))


def fits(pattern, tag):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), tag) is not None


def wrong(data):
    mode, filters = data.get("imageTagMutability", "MUTABLE"), data.get(FILTERS) or []
    if mode not in MODES:
        return f"Invalid parameter at 'imageTagMutability': must be one of {', '.join(MODES)}"
    if mode.endswith("_WITH_EXCLUSION") != bool(filters):
        return f"Invalid parameter at '{FILTERS}': needed with a mode with exclusion, and only there"
    if any(entry.get("filterType") != "WILDCARD" or not entry.get("filter") for entry in filters):
        return f"Invalid parameter at '{FILTERS}': must have the filterType 'WILDCARD' and a filter"
    return None


def apply():
    create, delete, mutability = ecr._create_repository, ecr._delete_repository, ecr._put_image_tag_mutability
    shape, reset = ecr._repo_shape, ecr.reset

    def checked(original):
        def call(data):
            problem = wrong(data)
            if problem:
                return error_response_json("InvalidParameterException", problem, 400)
            answer = original(data)
            if answer[0] == 200:
                keep_filters(data.get("repositoryName"), data.get(FILTERS))
            return answer

        return call

    def delete_repository(data):
        answer = delete(data)
        if answer[0] == 200:
            ecr_layers.forget(data.get("repositoryName", ""))
        return answer

    def reset_all():
        reset()
        ecr_layers.forget_all()

    ecr._create_repository = checked(create)
    ecr._put_image_tag_mutability = checked(mutability)
    ecr._delete_repository = delete_repository
    ecr._repo_shape = lambda repo: {**shape(repo), **({FILTERS: repo[FILTERS]} if repo.get(FILTERS) else {})}
    ecr.reset = reset_all
    in_stacks()


def keep_filters(name, filters):
    ecr._repositories[name][FILTERS] = filters or []


def in_stacks():
    handler = provisioners._RESOURCE_HANDLERS["AWS::ECR::Repository"]
    update, to_api = handler["update"], provisioners._ecr_cfn_to_api

    def with_filters(props):
        prefix = "ImageTagMutabilityExclusionFilter"
        filters = [
            {"filterType": entry.get(f"{prefix}Type"), "filter": entry.get(f"{prefix}Value")}
            for entry in props.get(f"{prefix}s") or []
        ]
        data = {**to_api(props), FILTERS: filters}
        problem = wrong(data)
        if problem:
            raise ValueError(problem)
        return data

    def update_repository(physical_id, old_props, new_props, *rest, **named):
        made = update(physical_id, old_props, new_props, *rest, **named)
        keep_filters(made[0], with_filters(new_props)[FILTERS])
        return made

    provisioners._ecr_cfn_to_api = with_filters
    handler["update"] = update_repository
