"""Comparison of a result with what plain PySpark gives."""


def assert_same(result, expected):
    """Compares names, types (not whether null is allowed) and rows, in any order."""
    dataframe = result.toDF() if hasattr(result, "glue_ctx") else result
    assert columns(dataframe) == columns(expected)
    assert rows(dataframe) == rows(expected)


def columns(dataframe):
    return [(field.name, field.dataType.simpleString()) for field in dataframe.schema.fields]


def rows(dataframe):
    return sorted(repr(tuple(row)) for row in dataframe.collect())
