"""Frames from rows, and rows from frames."""


def rows(frame):
    """Gives the rows of a DynamicFrame or of a DataFrame, each as a dict, in the order of the frame."""
    data_frame = frame.toDF() if _is_dynamic(frame) else frame
    return [row.asDict(recursive=True) for row in data_frame.collect()]


def make_dynamic_frame(glue_context, rows, schema=None, name="frame"):
    """Makes a DynamicFrame of rows.

    `rows` are dicts, or tuples in the order of the columns. `schema` is what Spark's createDataFrame takes: a text such as
    "id int, sold_at timestamp", a StructType, or a list with the names of the columns.

    Raises ValueError for a dict with a key that is no column: Spark would leave it away and give null.
    """
    from awsglue import DynamicFrame

    rows = list(rows)
    if schema is None and not rows:
        raise ValueError("dynamic_frame: there are no rows, so give a schema such as 'id int, name string'")
    data_frame = glue_context.spark_session.createDataFrame(rows, schema)
    for row in rows:
        unknown = sorted(set(row) - set(data_frame.columns)) if isinstance(row, dict) else []
        if unknown:
            raise ValueError(
                "dynamic_frame: a row has {}, but the schema has the columns {}".format(
                    ", ".join(repr(key) for key in unknown), ", ".join(data_frame.columns)
                )
            )
    return DynamicFrame.fromDF(_kept_by_java(data_frame), glue_context, name)


def _kept_by_java(data_frame):
    """The same rows as a relation of Spark itself: those of createDataFrame come from a Python process at each look."""
    # The session, which was an SQLContext before Spark 3.3.
    session = getattr(data_frame, "_session", None) or data_frame.sql_ctx
    java = data_frame._jdf
    java_session = getattr(session, "_jsparkSession", None) or session.sparkSession._jsparkSession
    return type(data_frame)(java_session.createDataFrame(java.collectAsList(), java.schema()), session)


def _is_dynamic(frame):
    # Not by its class: importing awsglue imports PySpark, which takes a second.
    return hasattr(frame, "glue_ctx")
