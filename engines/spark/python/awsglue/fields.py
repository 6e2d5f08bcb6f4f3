"""Paths of fields: `a`, `a.b` for a field of a struct, and back-ticks around a name that has a dot.

Source: Glue developer guide, "ApplyMapping class" and "DynamicFrame class". Paths under arrays and maps are refused;
the guide says the same of ApplyMapping.
"""

import re

from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from awsglue.missing import not_in_stand_in

_NAME = r"(?:`[^`]+`|[^.`]+)"


def parse_path(text):
    """Gives the names of a path, from the outermost struct to the field: 'a.`b.c`' gives ('a', 'b.c')."""
    if not isinstance(text, str) or not re.fullmatch(r"{0}(?:\.{0})*".format(_NAME), text):
        raise ValueError(
            "{!r} is no path of a field. Write the names with dots between them, and back-ticks around a name that has "
            "a dot: a.b or `a.b`".format(text)
        )
    return tuple(name.strip("`") for name in re.findall(_NAME, text))


def parse_paths(paths):
    """Reads one path or a list of them."""
    return [parse_path(path) for path in ([paths] if isinstance(paths, str) else paths)]


def quoted(names):
    """Gives a path as Spark reads it, whatever characters the names have."""
    return ".".join("`{}`".format(name.replace("`", "``")) for name in names)


def column(names):
    return F.col(quoted(names))


def field_of(schema, names):
    """Gives the field (Spark's StructField) at a path, or None when there is none. Names match with their case."""
    if not isinstance(schema, StructType):
        raise not_in_stand_in("The path to {} in a field of the type {}".format(quoted(names), schema.typeName()))
    field = next((field for field in schema.fields if field.name == names[0]), None)
    if field is None or len(names) == 1:
        return field
    return field_of(field.dataType, names[1:])


def existing(schema, paths):
    """Gives those paths that the schema has. Glue passes over the others, as a record may lack any field."""
    return [names for names in paths if field_of(schema, names) is not None]


def select(dataframe, paths):
    """Keeps the fields at `paths`, in their order. Structs keep their names, and their nulls."""
    wanted = existing(dataframe.schema, paths)
    tops = list(dict.fromkeys(names[0] for names in wanted))
    return dataframe.select([_trimmed(dataframe.schema[top], [w[1:] for w in wanted if w[0] == top]) for top in tops])


def drop(dataframe, paths):
    """Removes the fields at `paths`, and structs that have no field left."""
    doomed = _doomed(dataframe.schema, existing(dataframe.schema, paths))
    kept = [field.name for field in dataframe.schema.fields if (field.name,) not in doomed]
    return dataframe.select([_without(name, [d[1:] for d in doomed if d[0] == name]) for name in kept])


def _trimmed(field, wanted):
    unwanted = [] if () in wanted else _unwanted(field.dataType, wanted)
    return _without(field.name, unwanted)


def _without(name, doomed):
    whole = column((name,))
    return whole.dropFields(*[quoted(names) for names in doomed]).alias(name) if doomed else whole


def _unwanted(struct, wanted):
    """Gives the paths in a struct that `wanted` neither names nor leads through."""
    result = []
    for field in struct.fields:
        below = [names[1:] for names in wanted if names[0] == field.name]
        if not below:
            result.append((field.name,))
        elif () not in below:
            result.extend((field.name,) + names for names in _unwanted(field.dataType, below))
    return result


def _doomed(struct, paths):
    """Gives the paths to remove from a struct, with an inner struct's own path in place of all its fields."""
    result = []
    for field in struct.fields:
        below = [names[1:] for names in paths if names[0] == field.name]
        if () in below:
            result.append((field.name,))
        elif below:
            inner = _doomed(field.dataType, below)
            emptied = sum(1 for names in inner if len(names) == 1) == len(field.dataType.fields)
            result.extend([(field.name,)] if emptied else [(field.name,) + names for names in inner])
    return result


def replace(dataframe, names, value):
    """Puts the column expression `value` in the place of the field at `names`."""
    top = names[0]
    new = value if len(names) == 1 else column((top,)).withField(quoted(names[1:]), value)
    return dataframe.select(
        [new.alias(top) if field.name == top else column((field.name,)) for field in dataframe.schema.fields]
    )


def rename(dataframe, old, new):
    """Gives the field at `old` the last name of `new`, which must be in the same struct."""
    if field_of(dataframe.schema, old) is None:
        return dataframe
    if old[:-1] != new[:-1]:
        raise not_in_stand_in("rename_field from {} to another struct, {}".format(quoted(old), quoted(new)))
    top = old[0]
    return dataframe.select(
        [
            _renamed(field, old, new[-1]) if field.name == top else column((field.name,))
            for field in dataframe.schema.fields
        ]
    )


def _renamed(field, old, name):
    if len(old) == 1:
        return column((field.name,)).alias(name)
    # A cast between structs goes by position: only the names change, and a null struct stays null.
    return column((field.name,)).cast(_renamed_type(field.dataType, old[1:], name)).alias(field.name)


def _renamed_type(struct, old, name):
    result = StructType()
    for field in struct.fields:
        if field.name != old[0]:
            result.add(field.name, field.dataType, field.nullable)
        elif len(old) == 1:
            result.add(name, field.dataType, field.nullable)
        else:
            result.add(field.name, _renamed_type(field.dataType, old[1:], name), field.nullable)
    return result


def nest(columns):
    """Makes the columns of a select out of pairs of a target path and a column: `a.b` becomes field b of a struct a."""
    tree = {}
    for names, value in columns:
        place = tree
        for name in names[:-1]:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise ValueError("{} is a target, and so is a field inside it".format(quoted(names[:-1])))
        if names[-1] in place:
            raise ValueError("{} is a target twice".format(quoted(names)))
        place[names[-1]] = value
    return _columns_of(tree)


def _columns_of(tree):
    return [
        (F.struct(*_columns_of(value)) if isinstance(value, dict) else value).alias(name)
        for name, value in tree.items()
    ]
