"""One Spark session for all tests, made as a job's script makes it."""

import pytest
from awsglue import DynamicFrame
from awsglue.context import GlueContext
from pyspark.context import SparkContext


@pytest.fixture(scope="session")
def glue():
    spark_context = SparkContext()
    context = GlueContext(spark_context)
    context.spark_session.conf.set("spark.sql.shuffle.partitions", 2)
    yield context
    spark_context.stop()


@pytest.fixture(scope="session")
def spark(glue):
    return glue.spark_session


@pytest.fixture
def dynamic(glue):
    """Makes a DynamicFrame of a DataFrame."""
    return lambda dataframe: DynamicFrame.fromDF(dataframe, glue, "test")


@pytest.fixture(params=["false", "true"], ids=["legacy", "ansi"])
def ansi(request, spark):
    """Runs a test with Spark's ANSI mode off, the default up to Spark 3, and on, that of Spark 4."""
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", request.param)
    yield
    spark.conf.set("spark.sql.ansi.enabled", before)


@pytest.fixture(scope="session")
def people(spark):
    return spark.createDataFrame(
        [
            (1, "Ann", 30, ("Oslo", ("0150", "NO"))),
            (2, "Bob", None, ("Bonn", None)),
            (3, None, 70, None),
        ],
        "id int, name string, age int, home struct<city: string, post: struct<zip: string, country: string>>",
    )
