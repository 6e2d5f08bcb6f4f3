"""Source: Glue developer guide, "GlueContext class"."""

from pyspark.sql import SQLContext, SparkSession

from awsglue.missing import missing_method
from awsglue.reader import NO_CATALOG, DataFrameReader, DynamicFrameReader
from awsglue.scratch import scratch_folder, uri
from awsglue.streaming import for_each_batch
from awsglue.writer import DynamicFrameWriter


class GlueContext(SQLContext):
    """The entry of a script: `GlueContext(SparkContext.getOrCreate())`.

    As on Glue it is also a SQLContext, so that `sql`, `table`, `createDataFrame` and `sparkSession` are there.
    """

    def __init__(self, sparkContext, sparkSession=None):
        session = sparkSession or _open_session(sparkContext)
        SQLContext.__init__(self, sparkContext, session)
        self.spark_session = session
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)

    @classmethod
    def getOrCreate(cls, sparkContext):
        """Gives a context on this Spark context and its session."""
        return cls(sparkContext)

    def get_logger(self):
        """Gives Spark's logger, with `info`, `warn` and `error`."""
        return self._sc._jvm.org.slf4j.LoggerFactory.getLogger("awsglue")

    def create_dynamic_frame_from_options(
        self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx="", **kwargs
    ):
        """The same as `create_dynamic_frame.from_options`."""
        return self.create_dynamic_frame.from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, **kwargs
        )

    def create_dynamic_frame_from_rdd(self, data, name, schema=None, sample_ratio=None, transformation_ctx=""):
        """The same as `create_dynamic_frame.from_rdd`."""
        return self.create_dynamic_frame.from_rdd(data, name, schema, sample_ratio)

    def create_data_frame_from_options(
        self, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx="", **kwargs
    ):
        """The same as `create_data_frame.from_options`."""
        return self.create_data_frame.from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, **kwargs
        )

    def write_dynamic_frame_from_options(
        self, frame, connection_type, connection_options={}, format=None, format_options={}, transformation_ctx=""
    ):
        """The same as `write_dynamic_frame.from_options`."""
        return self.write_dynamic_frame.from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def forEachBatch(self, frame, batch_function, options={}):
        """Runs `batch_function(data_frame, batch_id)` on each micro batch of a streaming frame; see streaming.py."""
        for_each_batch(frame, batch_function, options)

    create_data_frame_from_catalog = missing_method("GlueContext.create_data_frame_from_catalog", NO_CATALOG)
    create_dynamic_frame_from_catalog = missing_method("GlueContext.create_dynamic_frame_from_catalog", NO_CATALOG)
    create_sample_dynamic_frame_from_catalog = missing_method(
        "GlueContext.create_sample_dynamic_frame_from_catalog", NO_CATALOG
    )
    write_data_frame_from_catalog = missing_method("GlueContext.write_data_frame_from_catalog", NO_CATALOG)
    write_dynamic_frame_from_catalog = missing_method("GlueContext.write_dynamic_frame_from_catalog", NO_CATALOG)
    purge_table = missing_method("GlueContext.purge_table", NO_CATALOG)
    transition_table = missing_method("GlueContext.transition_table", NO_CATALOG)
    extract_jdbc_conf = missing_method("GlueContext.extract_jdbc_conf", NO_CATALOG)
    add_ingestion_time_columns = missing_method("GlueContext.add_ingestion_time_columns")
    create_sample_dynamic_frame_from_options = missing_method("GlueContext.create_sample_dynamic_frame_from_options")
    getSink = missing_method("GlueContext.getSink", "write with write_dynamic_frame.from_options")
    getSource = missing_method("GlueContext.getSource", "read with create_dynamic_frame.from_options")
    purge_s3_path = missing_method("GlueContext.purge_s3_path")
    transition_s3_path = missing_method("GlueContext.transition_s3_path")
    write_dynamic_frame_from_jdbc_conf = missing_method("GlueContext.write_dynamic_frame_from_jdbc_conf")
    write_from_jdbc_conf = missing_method("GlueContext.write_from_jdbc_conf")
    write_from_options = missing_method("GlueContext.write_from_options")
    start_transaction = missing_method("GlueContext.start_transaction")
    commit_transaction = missing_method("GlueContext.commit_transaction")
    cancel_transaction = missing_method("GlueContext.cancel_transaction")


def _open_session(spark_context):
    """Makes the session of this Spark context, or gives the one that is there.

    The warehouse must be known before Spark SQL starts, and Spark 3.1 takes it from the context's configuration only.
    """
    configuration = spark_context._jsc.sc().conf()
    if not configuration.contains("spark.sql.warehouse.dir"):
        configuration.set("spark.sql.warehouse.dir", uri(scratch_folder("warehouse")))
    return SparkSession.builder.getOrCreate()
