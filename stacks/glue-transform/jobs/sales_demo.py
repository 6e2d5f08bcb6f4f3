"""Makes up sales and saves them twice: by day as they come, and after `repartition_date`.

Spark writes a file for each task and folder. The first copy shows what that comes to (up to tasks x days), the second
one how the transform brings it down to one file a day.

Arguments of the job:
  --OUTPUT       an S3 prefix; the copies go to by-date/ and by-day/ below it. Each run adds its files to those that are
                 there, so give each run that is to be counted a prefix of its own
  --NUM_SAMPLES  how many sales
  --YEAR         their year; without it, last year
  --SEED         a whole number; the same one makes the same sales again

Glue puts the transforms on the Python path by --extra-py-files. A job of Glue Studio calls them in the same way.
"""

import re
import sys

import repartition_date  # noqa: F401 - attaches the transform to DynamicFrame, as does the next one
import salesdata_generator  # noqa: F401
from awsglue import DynamicFrame
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.types import StructType


def main():
    arguments = resolve_arguments(sys.argv)
    output, sales_to_make = read_arguments(arguments)
    context = GlueContext(SparkContext.getOrCreate())
    job = Job(context)
    job.init(arguments["JOB_NAME"], arguments)

    # A transform needs a parent. The generator takes nothing from it.
    nothing = DynamicFrame.fromDF(context.spark_session.createDataFrame([], StructType([])), context, "nothing")
    sales = nothing.salesdata_generator(**sales_to_make)
    by_date = ApplyMapping.apply(
        frame=sales,
        mappings=[
            ("id", "long", "id", "long"),
            ("sale_date", "timestamp", "sale_date", "date"),
            ("amount_dollars", "double", "amount_dollars", "double"),
            ("department", "string", "department", "string"),
        ],
    )
    save(context, by_date, output + "by-date/", ["sale_date"])
    by_day = sales.repartition_date(dateCol="sale_date")
    save(context, by_day, output + "by-day/", ["year", "month", "day"])
    job.commit()


def resolve_arguments(given):
    """The arguments by name, as texts. What is optional is there only when it was given."""
    required = ["JOB_NAME", "OUTPUT", "NUM_SAMPLES"]
    # getResolvedOptions takes a name that was not given for an error, so it is asked only for those that were.
    return getResolvedOptions(given, required + [name for name in ("YEAR", "SEED") if was_given(given, name)])


def read_arguments(arguments):
    """The prefix to write to, and the arguments of salesdata_generator. Raises ValueError for what they cannot be."""
    output = arguments["OUTPUT"]
    if not re.match(r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)", output):
        raise ValueError("--OUTPUT is {!r}; give a prefix such as s3://bucket/sales/".format(output))
    names = {"NUM_SAMPLES": "numSamples", "YEAR": "year", "SEED": "seed"}
    sales = {names[name]: whole_number(name, arguments[name]) for name in names if name in arguments}
    return (output if output.endswith("/") else output + "/"), sales


def was_given(given, name):
    return any(argument == "--" + name or argument.startswith("--" + name + "=") for argument in given)


def whole_number(name, text):
    """The range is checked by the transform. `int` alone would take '1_000' and blanks."""
    if not re.match(r"^-?[0-9]{1,19}$", text):
        raise ValueError("--{} is {!r}; give a whole number".format(name, text))
    return int(text)


def save(context, frame, path, partition_keys):
    context.write_dynamic_frame.from_options(
        frame=frame,
        connection_type="s3",
        connection_options={"path": path, "partitionKeys": partition_keys},
        format="parquet",
    )


if __name__ == "__main__":
    main()
