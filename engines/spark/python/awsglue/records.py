"""Functions of Python on records, for filter, map and mapPartitions."""

from pyspark import StorageLevel
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql.types import BooleanType, NullType, StructField, StructType

from awsglue.fields import column


class DynamicRecord(dict):
    """A record: its fields by `record["name"]` and, where the name allows it, by `record.name`.

    Source: Glue developer guide, "Filter class".
    """

    def __getattr__(self, name):
        if name not in self:
            raise AttributeError("the record has no field {!r}".format(name))
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value


class _Map(dict):
    """The value of a map, to tell it from a dictionary that a function makes: that one is a struct."""


def filter_records(dataframe, function):
    """Keeps the rows whose record satisfies `function`. The rows themselves do not pass through Python."""
    if not dataframe.columns:
        return dataframe
    matches = F.udf(lambda row: bool(function(_record(row))), BooleanType())
    return dataframe.filter(matches(F.struct(*[column((name,)) for name in dataframe.columns])))


def map_partitions(session, dataframe, function):
    """Makes a frame of the records that `function` gives for each partition's iterator of records.

    The schema follows from all records, so that the function runs once before the frame is used; the records are kept.
    """
    source = dataframe.rdd.mapPartitions(lambda rows: function(_record(row) for row in rows))
    records = source.persist(StorageLevel.MEMORY_AND_DISK)
    if records.isEmpty():
        return session.createDataFrame([], dataframe.schema)
    inferred = session.createDataFrame(records.map(_row), samplingRatio=1.0).schema
    return session.createDataFrame(records.map(dict), _with_known_types(inferred, dataframe.schema), verifySchema=False)


def _record(value):
    if isinstance(value, Row):
        return DynamicRecord((name, _record(item)) for name, item in zip(value.__fields__, value))
    if isinstance(value, list):
        return [_record(item) for item in value]
    if isinstance(value, dict):
        return _Map((key, _record(item)) for key, item in value.items())
    return value


def _row(value):
    # Spark takes a dictionary for a map, and a Row for a struct.
    if isinstance(value, _Map):
        return {key: _row(item) for key, item in value.items()}
    if isinstance(value, dict):
        return Row(**{name: _row(item) for name, item in value.items()})
    if isinstance(value, (list, tuple)):
        return [_row(item) for item in value]
    return value


def _with_known_types(inferred, known):
    """A field that is null in every record has no type; it keeps the one that it had."""
    types = {field.name: field.dataType for field in known.fields}
    return StructType(
        [
            StructField(
                field.name,
                types.get(field.name, field.dataType) if isinstance(field.dataType, NullType) else field.dataType,
            )
            for field in inferred.fields
        ]
    )
