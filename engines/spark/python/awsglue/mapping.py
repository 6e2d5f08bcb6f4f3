"""Source: Glue developer guide, "ApplyMapping class" and "ResolveChoice class"."""

from awsglue.casts import cast, spark_type
from awsglue.fields import field_of, nest, parse_path, quoted, replace
from awsglue.missing import not_in_stand_in


def apply_mapping(dataframe, mappings):
    """Gives a frame with the targets of `(source path, source type, target path, target type)`, and nothing else."""
    return dataframe.select(nest(_targets(dataframe.schema, mappings)))


def _targets(schema, mappings):
    for source, source_type, target, target_type in mappings:
        # What counts is the type that the column has; a source type that Glue does not know is a slip all the same.
        spark_type(source_type)
        spark_type(target_type)
        names = parse_path(source)
        field = field_of(schema, names)
        if field is not None:
            yield parse_path(target), cast(names, field, target_type)


def resolve_choice(dataframe, specs, choice):
    """Casts the fields of the `(path, "cast:type")` in `specs`; other actions change nothing without choice types."""
    if specs and choice:
        raise ValueError("resolveChoice takes specs or choice, not both")
    if choice:
        _action(choice)
    for path, action in specs or []:
        dataframe = _resolved(dataframe, parse_path(path), action)
    return dataframe


def _resolved(dataframe, names, action):
    kind, type_name = _action(action)
    field = field_of(dataframe.schema, names)
    if field is None:
        return dataframe
    if kind == "cast":
        return replace(dataframe, names, cast(names, field, type_name))
    if kind == "project" and field.dataType.simpleString() != spark_type(type_name):
        raise not_in_stand_in(
            "resolveChoice with {!r} for {}, of type {}".format(action, quoted(names), field.dataType.simpleString()),
            "no field has values of several types; use cast:{}".format(type_name),
        )
    return dataframe


def _action(action):
    """Gives kind and type of an action: ('cast', 'int') for 'cast:int'."""
    kind, colon, type_name = action.partition(":")
    if kind == "match_catalog":
        raise not_in_stand_in("resolveChoice with 'match_catalog'", "there is no Data Catalog")
    if kind in ("cast", "project") and colon:
        spark_type(type_name)
        return kind, type_name
    if kind in ("make_cols", "make_struct") and not colon:
        return kind, ""
    raise ValueError(
        "{!r} is no action of resolveChoice. Actions: cast:type, project:type, make_cols, make_struct".format(action)
    )
