"""Source: Glue developer guide, "DynamicFrameReader class"."""

from awsglue.connections import read_files
from awsglue.dynamicframe import DynamicFrame
from awsglue.missing import missing_method, not_in_stand_in

NO_CATALOG = "there is no Data Catalog; read and write the files with from_options"


class DataFrameReader(object):
    """`glueContext.create_data_frame`."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(
        self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx="", **kwargs
    ):
        """Reads files as a Spark DataFrame."""
        _refuse("create_data_frame.from_options", kwargs)
        return read_files(self._glue_context.spark_session, connection_type, connection_options, format, format_options)

    from_catalog = missing_method("create_data_frame.from_catalog", NO_CATALOG)


class DynamicFrameReader(object):
    """`glueContext.create_dynamic_frame`."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(
        self,
        connection_type,
        connection_options={},
        format=None,
        format_options={},
        transformation_ctx="",
        push_down_predicate="",
        **kwargs,
    ):
        """Reads files as a DynamicFrame, which has the name of the transformation context."""
        if push_down_predicate:
            raise not_in_stand_in("create_dynamic_frame.from_options with push_down_predicate", NO_CATALOG)
        _refuse("create_dynamic_frame.from_options", kwargs)
        dataframe = read_files(
            self._glue_context.spark_session, connection_type, connection_options, format, format_options
        )
        return DynamicFrame.fromDF(dataframe, self._glue_context, transformation_ctx)

    def from_rdd(self, data, name, schema=None, sampleRatio=None):
        """Makes a DynamicFrame of an RDD, as Spark makes a DataFrame of it."""
        dataframe = self._glue_context.spark_session.createDataFrame(data, schema, sampleRatio)
        return DynamicFrame.fromDF(dataframe, self._glue_context, name)

    from_catalog = missing_method("create_dynamic_frame.from_catalog", NO_CATALOG)


def _refuse(method, arguments):
    for name in arguments:
        raise not_in_stand_in("{} with {}".format(method, name))
