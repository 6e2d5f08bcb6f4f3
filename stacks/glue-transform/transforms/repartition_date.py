"""Brings together the rows that will be saved in the same folder, so that each folder gets one file.

Spark writes one file for each task and folder. Rows with the same values in the partition columns have the same hash,
so after `repartition` they are in one task. Two combinations may share a task, which leaves another one empty.
"""

import difflib
import logging

import pyspark.sql.functions as F
from awsglue import DynamicFrame
from pyspark.sql.types import ArrayType, MapType, StructType

DATE_PARTS = ("year", "month", "day")
# Types of Spark that have a day; a column with nothing but nulls is "null", and since Spark 3.3 "void".
DATE_TYPES = ("date", "timestamp", "timestamp_ntz", "string", "null", "void")
# A day, alone or before a time of day.
DATE_TEXT = r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})([T ].*)?$"
LARGEST_INTEGER = 2**31 - 1


def repartition_date(self, dateCol, partitionCols=None, numPartitionsExpected=None):
    """Adds the text columns year (4 digits), month and day (2 digits), and repartitions by them and by `partitionCols`.

    The day of a timestamp is that of the session's time zone (UTC on Glue, unless the job sets another), as for
    ApplyMapping and every cast of Spark. The day of a text is the one that is written in it. Where there is no date, or
    the text is blank, all three are null, and Spark writes the rows to __HIVE_DEFAULT_PARTITION__. Any other text is an
    error of the job, with and without ANSI mode.

    `partitionCols` has names of columns, separated by commas. Blanks around a name do not count. Names are compared as
    Spark does, by default without regard to case.

    Raises ValueError when an argument is wrong, or when there is a column year, month or day already.
    """
    _check_name("dateCol", dateCol)
    names = _names(partitionCols)
    _check_count(numPartitionsExpected)

    frame = self.toDF()
    # A source without files, or without new ones, has no columns at all.
    if not frame.columns:
        return self
    columns = _Columns(frame, self.glue_ctx.spark_session)
    date = columns.find("dateCol", dateCol)
    more = [columns.find("partitionCols", name) for name in names]
    _refuse_wrong_columns(columns, date, more)

    frame = _add_date_parts(frame, date)
    keys = [_column(name) for name in more + list(DATE_PARTS)]
    count = numPartitionsExpected or _count_combinations(frame, keys, date)
    # There is nothing to bring together where there are no rows, and 0 partitions are an error of Spark.
    if count > 0:
        frame = frame.repartition(count, *keys)
    return DynamicFrame.fromDF(frame, self.glue_ctx, self.name)


class _Columns:
    """The columns of a frame, by name as Spark resolves it."""

    def __init__(self, frame, session):
        self.names = frame.columns
        self.types = {field.name: field.dataType for field in frame.schema.fields}
        self._case_sensitive = session.conf.get("spark.sql.caseSensitive").lower() == "true"

    def same(self, name):
        """The columns that Spark takes `name` for."""
        if self._case_sensitive:
            return [other for other in self.names if other == name]
        return [other for other in self.names if other.lower() == name.lower()]

    def find(self, parameter, name):
        """The column that is meant. Blanks around the name are left away, unless only a column with them is there."""
        found = self.same(name.strip()) or self.same(name)
        if len(found) > 1:
            raise ValueError(
                "repartition_date: {} names {!r}, but {} columns are called so for Spark ({}); "
                "rename all but one".format(parameter, name.strip(), len(found), ", ".join(found))
            )
        if not found:
            raise ValueError(
                "repartition_date: {} names {!r}, but there is no such column; {}".format(
                    parameter, name.strip(), self._advice(name.strip())
                )
            )
        return found[0]

    def _advice(self, name):
        if name.lower() in DATE_PARTS:
            return "year, month and day are added and need no mention"
        lower = {other.lower(): other for other in self.names}
        near = difflib.get_close_matches(name.lower(), lower, n=1)
        if near:
            return "did you mean {!r}?".format(lower[near[0]])
        return "there are {}".format(", ".join(repr(other) for other in self.names))


def _check_name(parameter, name):
    if not isinstance(name, str) or not name.strip():
        raise ValueError("repartition_date: {} is {!r}; give the name of a column".format(parameter, name))


def _names(text):
    """The names in a list with commas, as they are written."""
    if text is None:
        return []
    if not isinstance(text, str):
        raise ValueError(
            "repartition_date: partitionCols is {!r}; give a text with names, separated by commas".format(text)
        )
    if not text.strip():
        return []
    names = text.split(",")
    if not all(name.strip() for name in names):
        raise ValueError(
            "repartition_date: partitionCols is {!r}, which has a comma with no name before or after it".format(text)
        )
    return names


def _refuse_wrong_columns(columns, date, more):
    for part in DATE_PARTS:
        if columns.same(part):
            raise ValueError(
                "repartition_date: there is a column {!r} already, which the one of the date would replace; "
                "rename or drop it before".format(columns.same(part)[0])
            )
    if columns.types[date].typeName() not in DATE_TYPES:
        raise ValueError(
            "repartition_date: the column {!r} has the type {}; give one with dates, timestamps or texts".format(
                date, columns.types[date].simpleString()
            )
        )
    for place, name in enumerate(more):
        if name in more[:place]:
            raise ValueError("repartition_date: partitionCols names {!r} twice; remove one".format(name))
        if isinstance(columns.types[name], (ArrayType, MapType, StructType)):
            raise ValueError(
                "repartition_date: the column {!r} has the type {}, which cannot be part of a folder's name".format(
                    name, columns.types[name].simpleString()
                )
            )


def _check_count(value):
    if value is None:
        return
    # bool is a kind of int in Python.
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_INTEGER:
        return
    raise ValueError("repartition_date: numPartitionsExpected is {!r}; give a whole number from 1".format(value))


def _column(name):
    """The column of exactly this name, whatever characters it has: within a quoted name, a back-tick is doubled.

    Not F.col, which in Spark 3.1 takes a doubled back-tick for an error. Nothing but the quoted name is parsed.
    """
    return F.expr("`" + name.replace("`", "``") + "`")


def _add_date_parts(frame, name):
    date = _column(name)
    if frame.schema[name].dataType.typeName() == "string":
        date = _day_of_text(name)
    date = date.cast("date")
    return (
        frame.withColumn("year", _digits(4, F.year(date)))
        .withColumn("month", _digits(2, F.month(date)))
        .withColumn("day", _digits(2, F.dayofmonth(date)))
    )


def _digits(count, number):
    # format_string writes the word "null" for a null.
    return F.when(number.isNotNull(), F.format_string("%0{}d".format(count), number))


def _day_of_text(name):
    """The day that a text begins with. Spark's own cast would read '2024' as a day, and give null for what is none."""
    text = F.trim(_column(name))
    day = F.when(text.rlike(DATE_TEXT), F.regexp_extract(text, DATE_TEXT, 1).cast("date"))
    failure = F.concat(F.lit("repartition_date: a text in {!r} is no date: ".format(name)), F.substring(text, 1, 40))
    return F.when(text.isNotNull() & (text != F.lit("")), F.coalesce(day, F.raise_error(failure).cast("date")))


def _count_combinations(frame, keys, date):
    """Counts those with nulls too, which COUNT(DISTINCT a, b) leaves out."""
    named = frame.select([key.alias("key{}".format(place)) for place, key in enumerate(keys)])
    year = F.col("key{}".format(len(keys) - len(DATE_PARTS)))
    groups = named.groupBy(named.columns).count()
    found = groups.agg(
        F.count(F.lit(1)).alias("combinations"),
        F.sum(F.when(year.isNull(), F.col("count"))).alias("undated"),
    ).collect()[0]
    if found["undated"]:
        logging.getLogger("repartition_date").warning(
            "%d rows have no date in %r and go to __HIVE_DEFAULT_PARTITION__", found["undated"], date
        )
    return found["combinations"]


DynamicFrame.repartition_date = repartition_date
