"""Arguments of a job. Source: Glue developer guide, "Accessing parameters using getResolvedOptions"."""


class GlueArgumentError(Exception):
    """An argument that the script asks for was not given, or has no value."""


def getResolvedOptions(args, options):
    """Reads `--NAME value` and `--NAME=value` for each name of `options` out of `args` (`sys.argv`).

    Returns a dictionary from name to text. Other arguments are passed over, as Glue gives a script many of its own.
    Names are not abbreviated; Glue itself stopped that in 6.0.
    """
    given = _arguments(args)
    missing = [name for name in options if name not in given]
    if missing:
        raise GlueArgumentError("these arguments are required: {}".format(", ".join("--" + name for name in missing)))
    without_value = [name for name in options if given[name] is None]
    if without_value:
        raise GlueArgumentError("expected a value after {}".format(", ".join("--" + name for name in without_value)))
    return {name: given[name] for name in options}


def _arguments(args):
    given = {}
    position = 0
    while position < len(args):
        name, equals, value = args[position].partition("=")
        position += 1
        if not name.startswith("--"):
            continue
        if equals:
            given[name[2:]] = value
        elif position < len(args) and not args[position].startswith("--"):
            given[name[2:]] = args[position]
            position += 1
        else:
            given[name[2:]] = None
    return given
