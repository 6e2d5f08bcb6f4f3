"""Several frames into one, and one into two. Source: Glue developer guide, "DynamicFrame class"."""

import operator
from functools import reduce

from pyspark.sql import functions as F

from awsglue.fields import column, parse_path, parse_paths
from awsglue.missing import not_in_stand_in

_COMPARATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def join(left, right, left_paths, right_paths):
    """Joins where the keys are equal. A column of `right` whose name `left` has too gets a period before its name."""
    left_keys, right_keys = parse_paths(left_paths), parse_paths(right_paths)
    if len(left_keys) != len(right_keys) or not left_keys:
        raise ValueError(
            "join needs as many keys of both frames, and at least one: {!r}, {!r}".format(left_paths, right_paths)
        )
    taken = {name.lower() for name in left.columns}
    names = {name: "." + name if name.lower() in taken else name for name in right.columns}
    renamed = right.select([column((old,)).alias(new) for old, new in names.items()])
    equal = [
        column(one) == column((names.get(other[0], other[0]),) + other[1:]) for one, other in zip(left_keys, right_keys)
    ]
    return left.join(renamed, reduce(operator.and_, equal))


def union(first, second):
    """Puts the rows of both frames together, by the names of their columns; a column that one lacks is null there."""
    types = {field.name: field.dataType for field in first.schema.fields}
    for field in second.schema.fields:
        known = types.get(field.name, field.dataType)
        if known != field.dataType:
            raise not_in_stand_in(
                "A union of {0!r} as {1} with {0!r} as {2}".format(
                    field.name, known.simpleString(), field.dataType.simpleString()
                ),
                "there are no choice types; cast the one to the type of the other",
            )
    return first.unionByName(second, allowMissingColumns=True)


def merge(source, staged, keys):
    """Gives the staged rows, and those of the source whose keys are not among them."""
    return union(source.join(staged.select(keys).distinct(), keys, "left_anti"), staged)


def split_rows(dataframe, comparisons):
    """Gives the rows for which every comparison is true, and the others. A null makes no comparison true."""
    conditions = [
        _compared(path, comparator, value)
        for path, by_comparator in comparisons.items()
        for comparator, value in by_comparator.items()
    ]
    matches = F.coalesce(reduce(operator.and_, conditions, F.lit(True)), F.lit(False))
    return dataframe.filter(matches), dataframe.filter(~matches)


def _compared(path, comparator, value):
    if comparator not in _COMPARATORS:
        raise ValueError("{!r} is no comparator. Comparators: {}".format(comparator, ", ".join(_COMPARATORS)))
    return _COMPARATORS[comparator](column(parse_path(path)), F.lit(value))
