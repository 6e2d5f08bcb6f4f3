"""Fixtures with one Spark session for all tests. PySpark is imported when the first test asks for it."""

import os
import time

import pytest

from glue_tests.frames import make_dynamic_frame


@pytest.fixture(scope="session")
def glue_context(request):
    """A GlueContext on Spark in local mode, with the settings that a job on Glue has."""
    began = time.time()
    from awsglue.context import GlueContext
    from pyspark import SparkConf, SparkContext

    master = os.environ.get("HEADGATE_SPARK_MASTER", "local[2]")
    spark_context = SparkContext.getOrCreate(SparkConf().setMaster(master).setAppName("glue_tests"))
    context = GlueContext(spark_context)
    reporter = request.config.pluginmanager.get_plugin("glue_tests_reporter")
    if reporter is not None:
        reporter.channel.send("spark", version=spark_context.version, seconds=round(time.time() - began, 3))
    yield context
    # Spark removes its temporary files when it is stopped; one that has ended by itself can do so no more.
    if spark_context._gateway.proc.poll() is None:
        spark_context.stop()


@pytest.fixture(scope="session")
def spark(glue_context):
    """The SparkSession of `glue_context`."""
    return glue_context.spark_session


@pytest.fixture(scope="session")
def dynamic_frame(glue_context):
    """A function that makes a DynamicFrame of rows: `dynamic_frame([{"id": 1}], "id int")`."""

    def make(rows, schema=None, name="frame"):
        return make_dynamic_frame(glue_context, rows, schema, name)

    return make
