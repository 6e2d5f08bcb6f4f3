"""Package groups of CodeArtifact in stacks. ministack has none; the gateway keeps them.

Source as of ``codeartifact_resources``. The root group is always there: a stack only changes it, and leaves it behind.
"""

from ministack.core.responses import get_account_id

from .codeartifact_resources import ask, put_tags, removed_on_failure
from .resource_handler import failure, register, reported, tags_of
from .service_call import ServiceError

GROUP = "AWS::CodeArtifact::PackageGroup"
ROOT = "/*"
ORIGINS = {
    "Publish": "PUBLISH",
    "InternalUpstream": "INTERNAL_UPSTREAM",
    "ExternalUpstream": "EXTERNAL_UPSTREAM",
}
SPECIFIC = "ALLOW_SPECIFIC_REPOSITORIES"


def apply():
    optional = ("ContactInfo", "Description", "DomainOwner", "OriginConfiguration", "Tags")
    register(
        GROUP,
        {"DomainName": True, "Pattern": True, **dict.fromkeys(optional, False)},
        ("DomainName", "Pattern"),
        create,
        update,
        delete,
    )


def create(props):
    where, pattern = place(props), props["Pattern"]
    if pattern == ROOT:
        with reported(GROUP, pattern):
            arn = ask("GET", "package-group", where)["packageGroup"]["arn"]
        return update(arn, {}, props)
    with reported(GROUP, pattern):
        body = {"packageGroup": pattern, "tags": tags_of(props), **about(props)}
        group = ask("POST", "package-group", where, body)["packageGroup"]
        with removed_on_failure(lambda: ask("DELETE", "package-group", where)):
            put_origins(where, {}, props)
    return group["arn"], {"Arn": group["arn"]}


def update(arn, old, new):
    where, pattern = place(new), new["Pattern"]
    with reported(GROUP, pattern):
        if about(old) != about(new):
            ask("PUT", "package-group", where, {"packageGroup": pattern, **about(new)})
        put_origins(where, old, new)
        put_tags(arn, old, new)
    return arn, {"Arn": arn}


def delete(arn, props):
    if props["Pattern"] == ROOT:
        return
    try:
        ask("DELETE", "package-group", place(props))
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise failure(error, GROUP, props["Pattern"]) from error


def place(props):
    return {
        "domain": props["DomainName"],
        "domain-owner": props.get("DomainOwner", get_account_id()),
        "package-group": props["Pattern"],
    }


def about(props):
    return {"contactInfo": props.get("ContactInfo", ""), "description": props.get("Description", "")}


def put_origins(where, old, new):
    before, after = old.get("OriginConfiguration"), new.get("OriginConfiguration")
    if before == after:
        return
    added, removed = allowed(after) - allowed(before), allowed(before) - allowed(after)
    body = {
        "restrictions": {origin: mode(after, name, where) for name, origin in ORIGINS.items()},
        "addAllowedRepositories": listed(added),
        # The list of another mode goes by itself.
        "removeAllowedRepositories": listed(
            (name, repository) for name, repository in removed if mode(after, name, where) == SPECIFIC
        ),
    }
    ask("PUT", "package-group-origin-configuration", where, body)


def mode(configuration, name, where):
    otherwise = "ALLOW" if where["package-group"] == ROOT else "INHERIT"
    return restriction(configuration, name).get("RestrictionMode", otherwise)


def restriction(configuration, name):
    return ((configuration or {}).get("Restrictions") or {}).get(name) or {}


def allowed(configuration):
    """The repositories that are named, each with its restriction."""
    return {
        (name, repository) for name in ORIGINS for repository in restriction(configuration, name).get("Repositories") or []
    }


def listed(pairs):
    return [{"originRestrictionType": ORIGINS[name], "repositoryName": repository} for name, repository in sorted(pairs)]
