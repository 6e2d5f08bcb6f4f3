"""Names of Glue's types, and casts to them. Source: Glue developer guide, "PySpark extension types"."""

import re

import pyspark
from pyspark.sql import functions as F

from awsglue.fields import column, quoted

# Glue's name, or another that its examples use, to Spark's.
_SCALARS = {
    "string": "string",
    "boolean": "boolean",
    "byte": "tinyint",
    "tinyint": "tinyint",
    "short": "smallint",
    "smallint": "smallint",
    "int": "int",
    "integer": "int",
    "long": "bigint",
    "bigint": "bigint",
    "float": "float",
    "double": "double",
    # The default of Glue's DecimalType, which is not Spark's (10, 0).
    "decimal": "decimal(10,2)",
    "date": "date",
    "timestamp": "timestamp",
    "binary": "binary",
}
_NESTED = ("array", "map", "struct")

_HAS_TRY_CAST = tuple(int(part) for part in pyspark.__version__.split(".")[:2]) >= (3, 2)


def spark_type(name):
    """Gives Spark's name of a Glue type, or None for a nested type, which is kept as it is. Case does not count."""
    text = re.sub(r"\s", "", name).lower()
    if text in _SCALARS:
        return _SCALARS[text]
    if re.fullmatch(r"decimal\(\d+,\d+\)", text):
        return text
    if re.match(r"(?:{})\b".format("|".join(_NESTED)), text):
        return None
    raise ValueError("{!r} is no type of Glue. Types: {}".format(name, ", ".join(list(_SCALARS) + list(_NESTED))))


def cast(names, field, type_name):
    """Casts the field at a path. A value that the type cannot hold becomes null, also in Spark's ANSI mode."""
    target = spark_type(type_name)
    if target is None:
        return _kept(names, field, type_name)
    if _HAS_TRY_CAST:
        return F.expr("try_cast({} as {})".format(quoted(names), target))
    return column(names).cast(target)


def _kept(names, field, type_name):
    if field.dataType.typeName() != re.match(r"[a-z]+", type_name.strip().lower()).group():
        raise ValueError(
            "{} has the type {} and cannot become {}".format(quoted(names), field.dataType.simpleString(), type_name)
        )
    return column(names)
