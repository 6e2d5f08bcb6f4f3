"""How a shim takes the place of one of ministack's functions."""

from ministack.services import cloudformation as _package
from ministack.services.cloudformation import changesets, engine, handlers, helpers, provisioners, stacks

# The modules import each other's functions by name, so a replacement must reach each of them.
CLOUDFORMATION = (_package, changesets, engine, handlers, helpers, provisioners, stacks)


def replace(name, make, modules=CLOUDFORMATION):
    """Replace ``name`` by ``make(original)`` in every module that has it.

    Raises RuntimeError when no module has it, or when two have different things of that name."""
    originals = {id(vars(m)[name]): vars(m)[name] for m in modules if name in vars(m)}
    if len(originals) != 1:
        raise RuntimeError(f"shim: ministack has {len(originals)} functions named {name}; is the version the pinned one?")
    replacement = make(next(iter(originals.values())))
    for module in modules:
        if name in vars(module):
            setattr(module, name, replacement)


def wrap_action(action, make):
    """Replace the handler of one CloudFormation action, e.g. ``CreateStack``."""
    table = handlers._ACTION_HANDLERS
    if action not in table:
        raise RuntimeError(f"shim: ministack has no CloudFormation action {action}; is the version the pinned one?")
    table[action] = make(table[action])


def parameter(params, name):
    return helpers._p(params, name)


def error(code, message, status=400):
    return helpers._error(code, message, status)
