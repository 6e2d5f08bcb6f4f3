"""Source: Glue developer guide, "DynamicFrameWriter class"."""

from awsglue.connections import write_files
from awsglue.missing import missing_method
from awsglue.reader import NO_CATALOG


class DynamicFrameWriter(object):
    """`glueContext.write_dynamic_frame`."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(
        self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx=""
    ):
        """Writes the records of a DynamicFrame as files, and gives the frame."""
        write_files(frame.toDF(), connection_type, connection_options, format, format_options, transformation_ctx)
        return frame

    from_catalog = missing_method("write_dynamic_frame.from_catalog", NO_CATALOG)
    from_jdbc_conf = missing_method("write_dynamic_frame.from_jdbc_conf")
