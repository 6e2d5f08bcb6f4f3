"""Makes up sales of one year, for trying a job without real data.

Each value is calculated from the row's id and the seed by a hash, not drawn from a stream of random numbers. So the
rows of a seed are the same however many partitions there are, and a frame that is read twice shows the same rows twice.
"""

import calendar
import datetime
import random

import pyspark.sql.functions as F
from awsglue import DynamicFrame

DEPARTMENTS = ("bargain", "checkout", "food hall", "sports", "menswear", "womenwear", "health and beauty", "home")
SECONDS_A_DAY = 86400
LARGEST_LONG = 2**63 - 1


def salesdata_generator(self, numSamples, year=None, seed=None):
    """Gives `numSamples` sales of `year`, in place of the rows of the frame.

    - id: long, from 0
    - sale_date: timestamp in whole seconds, each second of the year with the same probability. The year is that of UTC,
      whatever the time zones of session and machine. ApplyMapping makes a date of it.
    - amount_dollars: double, from 0.01 to 1000.00 in whole cents
    - department: string, each of `DEPARTMENTS` with the same probability

    Without `year` it is the one before the current year of UTC. There are as many partitions as Spark makes by default.
    Raises ValueError when an argument is not what the definition says.
    """
    _check("numSamples", numSamples, 1, LARGEST_LONG, "a whole number from 1")
    if year is None:
        year = _utc_now().year - 1
    # Spark 3 refuses to write earlier timestamps to Parquet (spark.sql.parquet.int96RebaseModeInWrite).
    _check("year", year, 1900, 9999, "a year of four digits, from 1900")
    if seed is None:
        seed = random.SystemRandom().getrandbits(63)
    _check("seed", seed, -LARGEST_LONG - 1, LARGEST_LONG, "a whole number of 64 bits")

    start, seconds = _span(year)
    departments = F.array(*[F.lit(name) for name in DEPARTMENTS])
    rows = (
        self.glue_ctx.spark_session.range(numSamples)
        .withColumn("sale_date", F.timestamp_seconds(F.lit(start) + _drawn("sale_date", seed, seconds)))
        .withColumn("amount_dollars", (_drawn("amount_dollars", seed, 100000) + F.lit(1)) / F.lit(100.0))
        .withColumn("department", departments[_drawn("department", seed, len(DEPARTMENTS)).cast("int")])
    )
    return DynamicFrame.fromDF(rows, self.glue_ctx, "sales_synthetic_data")


def _check(name, value, least, most, form):
    # bool is a kind of int in Python.
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return
    raise ValueError("salesdata_generator: {} is {!r}; give {}".format(name, value, form))


def _utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def _span(year):
    """The first second of the year, counted from 1970 in UTC, and how many seconds the year has."""
    first = datetime.date(year, 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal()
    days = 366 if calendar.isleap(year) else 365
    return first * SECONDS_A_DAY, days * SECONDS_A_DAY


def _drawn(purpose, seed, count):
    """A whole number from 0 to count - 1 for each id. Of 2^63 hashes, none is preferred by more than count / 2^63."""
    bits = F.xxhash64(F.lit(seed).cast("long"), F.lit(purpose), F.col("id")).bitwiseAND(F.lit(LARGEST_LONG))
    return bits % F.lit(count).cast("long")


DynamicFrame.salesdata_generator = salesdata_generator
