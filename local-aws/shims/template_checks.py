"""Mistakes in a template or its parameters that AWS refuses before a stack exists, and ministack accepts.

The sentences are AWS's own.
"""

import re

from .conditions import applies
from .patch import replace

SUBSTITUTION = re.compile(r"\$\{([^!][^}]*)\}")


def apply():
    def check_support(original):
        def validate_template_support(template, conditions, params=None):
            if not template.get("Transform") and not template.get("Resources"):
                raise ValueError("Template format error: At least one Resources member must be defined.")
            original(template, conditions, params=params)
            # A transform may add what a reference points to.
            if not template.get("Transform"):
                refuse_unresolved(template)
                # ValidateTemplate has no parameters, so no conditions either.
                if params is not None:
                    refuse_what_is_not_made(template, conditions)

        return validate_template_support

    def check_parameters(original):
        def resolve_parameters(template, provided_params, previous_params=None):
            declared = template.get("Parameters") or {}
            given = [p["Key"] for p in provided_params if "Key" in p]
            unknown = [name for name in given if name not in declared]
            if unknown:
                raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
            missing = [
                name
                for name, definition in declared.items()
                if isinstance(definition, dict) and "Default" not in definition and name not in given
            ]
            if missing:
                raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
            return original(template, provided_params, previous_params)

        return resolve_parameters

    replace("validate_template_support", check_support)
    replace("_resolve_parameters", check_parameters)


def refuse_unresolved(template):
    """Raise ValueError for Ref, Fn::GetAtt, Fn::Sub and DependsOn that lead nowhere."""
    resources = set(template.get("Resources") or {})
    names = resources | set(template.get("Parameters") or {})
    for block in ("Resources", "Outputs"):
        unresolved = []
        for entry in (template.get(block) or {}).values():
            if not isinstance(entry, dict):
                continue
            depends_on = entry.get("DependsOn") or []
            for name in [depends_on] if isinstance(depends_on, str) else depends_on:
                if name not in resources:
                    unresolved.append(name)
            body = {k: v for k, v in entry.items() if k not in ("DependsOn", "Metadata")}
            for kind, name in references(body):
                known = resources if kind == "attribute" else names
                if not name.startswith("AWS::") and name not in known:
                    unresolved.append(name)
        refuse_names(block, unresolved)


def refuse_names(block, unresolved):
    if unresolved:
        listed = ", ".join(dict.fromkeys(unresolved))
        raise ValueError(
            f"Template format error: Unresolved resource dependencies [{listed}] in the {block} block of the template"
        )


def refuse_what_is_not_made(template, conditions):
    """Raise ValueError when something that is made refers to a resource whose condition is false, other than in a
    branch of Fn::If that is not taken (aws/serverless-application-model#832, aws-solutions/media-insights-on-aws#145)."""
    resources = template.get("Resources") or {}
    absent = {name for name, entry in resources.items() if not applies(entry, conditions)}
    for block in ("Resources", "Outputs"):
        unresolved = []
        for entry in (template.get(block) or {}).values():
            if isinstance(entry, dict) and applies(entry, conditions):
                body = {k: v for k, v in entry.items() if k != "Metadata"}
                unresolved += [name for _, name in references(body, conditions) if name in absent]
        refuse_names(block, unresolved)


def references(node, conditions=None):
    """Yield ("name" | "attribute", logical name) of every reference under ``node``.

    With ``conditions``, only the branch of Fn::If that is taken."""
    if isinstance(node, list):
        for item in node:
            yield from references(item, conditions)
        return
    if not isinstance(node, dict):
        return
    if len(node) == 1:
        function, argument = next(iter(node.items()))
        if function == "Ref" and isinstance(argument, str):
            yield "name", argument
            return
        if function == "Fn::GetAtt":
            if isinstance(argument, str):
                yield "attribute", argument.split(".")[0]
            elif isinstance(argument, list) and argument and isinstance(argument[0], str):
                yield "attribute", argument[0]
            return
        if function == "Fn::Sub":
            text, values = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
            if isinstance(text, str):
                for found in SUBSTITUTION.findall(text):
                    name = found.strip()
                    if name not in values:
                        yield ("attribute", name.split(".")[0]) if "." in name else ("name", name)
            yield from references(values, conditions)
            return
        if function == "Fn::If" and conditions is not None and isinstance(argument, list) and len(argument) == 3:
            name, *branches = argument
            if isinstance(name, str) and name not in conditions:
                raise ValueError(f"Template error: unresolved condition dependency {name} in Fn::If")
            yield from references(branches[0 if conditions.get(str(name)) else 1], conditions)
            return
    for value in node.values():
        yield from references(value, conditions)
