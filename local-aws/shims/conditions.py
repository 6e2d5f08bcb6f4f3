"""The Conditions of a template, with everything that they may be made of, and change sets that heed them.

ministack knows no pseudo parameters in them and, beside the condition functions, no function but Fn::Select; a change
set calls a resource whose condition is false an addition. A condition that cannot be evaluated is refused.
"""

import contextlib
import contextvars

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.changesets import _find_change_set
from ministack.services.cloudformation.engine import _intrinsic_references, _resolve_refs
from ministack.services.cloudformation.handlers import _resolve_stack

from .patch import parameter, replace, wrap_action
from .stack_states import exists

NESTED = "AWS::CloudFormation::Stack"

# Stands for the random part of names and ids that are not given yet; a condition cannot tell.
UNKNOWN = "00000000-0000-0000-0000-000000000000"

# Name and id of the stack whose template is evaluated, for AWS::StackName and AWS::StackId.
_place = contextvars.ContextVar("headgate_conditions_of", default=("", ""))


def apply():
    replace("_evaluate_conditions", lambda original: evaluate)
    replace("_resolve_parameters", with_booleans_as_text)
    # The task of an operation inherits the place from its request.
    for action in ("CreateStack", "UpdateStack", "CreateChangeSet", "ExecuteChangeSet"):
        wrap_action(action, in_the_stack_of_the_request)
    handler = provisioners._RESOURCE_HANDLERS[NESTED]
    handler["create"] = in_a_new_nested_stack(handler["create"])
    handler["update"] = in_its_nested_stack(handler["update"])
    replace("_roll_back_operation", with_conditions_of_before)
    replace("_resolve_props_for_diff", without_what_does_not_apply)


def applies(entry, conditions):
    """Whether a resource or an output is there at all."""
    name = entry.get("Condition")
    return not name or conditions.get(name, True)


def evaluate(template, params):
    """All conditions of ``template`` as ``{name: bool}``; ValueError for one that AWS would refuse."""
    evaluation = Evaluation(template, params)
    return {name: evaluation.get(name) for name in evaluation.definitions}


class Evaluation:
    """What ministack asks ``get`` of: the conditions, each evaluated when it is first needed."""

    def __init__(self, template, params):
        self.definitions = template.get("Conditions") or {}
        self.mappings = template.get("Mappings") or {}
        self.params = params
        self.known = {}
        self.pending = []

    def get(self, name, _default=None):
        if name not in self.definitions:
            raise ValueError(
                f"Template format error: Unresolved condition dependencies [{name}] "
                "in the Conditions block of the template"
            )
        if name in self.pending:
            circle = ", ".join(self.pending[self.pending.index(name) :])
            raise ValueError(f"Template error: Found circular condition dependency: [{circle}]")
        if name not in self.known:
            self.pending.append(name)
            self.known[name] = self.truth(self.definitions[name])
            self.pending.pop()
        return self.known[name]

    def truth(self, node):
        function, argument = next(iter(node.items())) if isinstance(node, dict) and len(node) == 1 else (None, node)
        if function == "Condition":
            return self.get(argument)
        if function == "Fn::Equals":
            left, right = self.two_texts(argument)
            return left == right
        if function in ("Fn::And", "Fn::Or"):
            held = [self.truth(each) for each in operands(function, argument, 2, 10)]
            return all(held) if function == "Fn::And" else any(held)
        if function == "Fn::Not":
            (only,) = operands(function, argument, 1, 1)
            return not self.truth(only)
        return self.text(node) == "true"

    def two_texts(self, argument):
        texts = [self.text(each) for each in argument] if isinstance(argument, list) else []
        if len(texts) != 2 or None in texts:
            raise ValueError("Template error: every Fn::Equals object requires a list of 2 string parameters.")
        return texts

    def text(self, node):
        """A value as CloudFormation compares it, None for what is no text."""
        self.refuse_resources(node)
        value = as_text(_resolve_refs(node, {}, self.params, self, self.mappings, *_place.get()))
        return str(value) if isinstance(value, (str, int, float)) else None

    def refuse_resources(self, node):
        names = [name for name, _ in _intrinsic_references(node)]
        unknown = [name for name in names if name not in self.params and not name.startswith("AWS::")]
        if unknown:
            listed = ", ".join(dict.fromkeys(unknown))
            raise ValueError(
                f"Template format error: Unresolved dependencies [{listed}]. "
                "Cannot reference resources in the Conditions block of the template"
            )


def operands(function, argument, least, most):
    if not isinstance(argument, list) or not least <= len(argument) <= most:
        wanted = "a boolean parameter" if most == 1 else f"a list of at least {least} and at most {most} boolean parameters"
        raise ValueError(f"Template error: every {function} object requires {wanted}.")
    return argument


def with_booleans_as_text(original):
    """``Default: true`` is the text "true", which is what a condition compares with; ministack makes "True" of it."""

    def resolve_parameters(template, *args, **named):
        declared = {
            name: {key: as_text(value) for key, value in entry.items()} if isinstance(entry, dict) else entry
            for name, entry in (template.get("Parameters") or {}).items()
        }
        return original({**template, "Parameters": declared}, *args, **named)

    return resolve_parameters


def as_text(value):
    if isinstance(value, list):
        return [as_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value


@contextlib.contextmanager
def evaluating_for(name, stack_id=""):
    """``stack_id`` is empty for a stack that is not there yet."""
    to_be = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/{name}/{UNKNOWN}"
    before = _place.set((name, stack_id or to_be))
    try:
        yield
    finally:
        _place.reset(before)


def in_the_stack_of_the_request(original):
    def action(params):
        asked = parameter(params, "StackName")
        if not asked:
            # ExecuteChangeSet with the id of a change set.
            _, change_set = _find_change_set(parameter(params, "ChangeSetName"))
            asked = change_set["StackName"] if change_set else ""
        stack = _resolve_stack(asked)
        with evaluating_for(stack["StackName"], stack["StackId"]) if exists(stack) else evaluating_for(asked):
            return original(params)

    return action


def in_a_new_nested_stack(original):
    def create(logical_id, props, stack_name):
        with evaluating_for(f"{stack_name}-{logical_id}-{UNKNOWN[:12]}"):
            return original(logical_id, props, stack_name)

    return create


def in_its_nested_stack(original):
    def update(physical_id, old_props, new_props, stack_name):
        with evaluating_for(provisioners._nested_stack_lookup_name(physical_id), physical_id):
            return original(physical_id, old_props, new_props, stack_name)

    return update


def with_conditions_of_before(original):
    """Deletion policies and the order of a deletion follow the conditions that ministack keeps with the stack."""

    async def roll_back(stack_name, stack_id, stack, operation, *args, **named):
        with evaluating_for(stack_name, stack_id):
            await original(stack_name, stack_id, stack, operation, *args, **named)
        before = operation.get("previous_stack")
        if operation.get("is_update") and before:
            stack["_conditions"] = before["_conditions"]

    return roll_back


def without_what_does_not_apply(original):
    def resolve(template, params, stack_name, stack_id):
        with evaluating_for(stack_name, stack_id):
            resolved = original(template, params, stack_name, stack_id)
            conditions = evaluate(template, params) if resolved else {}
        resources = resolved.get("Resources") or {}
        return {"Resources": {name: entry for name, entry in resources.items() if applies(entry, conditions)}}

    return resolve
