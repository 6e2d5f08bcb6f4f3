"""What the generator promises, and the faults that a first version of one has."""

import collections
import datetime
import time

import pyspark.sql.functions as F
import pytest
import salesdata_generator

DEPARTMENTS = {"bargain", "checkout", "food hall", "sports", "menswear", "womenwear", "health and beauty", "home"}
# The sales 0 to 2 of the seed 42 in 2024: id, second, dollars, department.
FROZEN = [
    (0, 1719208425, 682.96, "sports"),
    (1, 1721366672, 57.35, "sports"),
    (2, 1718349482, 296.76, "checkout"),
]
# With 7 degrees of freedom, equal departments exceed it once in 40,000 runs. Ours has a fixed seed.
CHI_SQUARE = 33.1


@pytest.fixture(scope="module", autouse=True)
def few_tasks(spark):
    """200 tasks for a handful of rows would only take time."""
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", before)


@pytest.fixture(scope="module")
def parent(dynamic_frame):
    return dynamic_frame([(1,)], "unused int")


@pytest.fixture
def session(spark):
    """Sets settings of the session, and restores them."""
    before = {}

    def set_to(name, value):
        before.setdefault(name, spark.conf.get(name))
        spark.conf.set(name, value)

    yield set_to
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.fixture
def in_new_york(spark, session, monkeypatch):
    """Time zone of the machine, as Python and as Java see it, and of the session."""
    zones = spark.sparkContext._jvm.java.util.TimeZone
    before = zones.getDefault()
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    zones.setDefault(zones.getTimeZone("America/New_York"))
    session("spark.sql.session.timeZone", "America/New_York")
    yield
    zones.setDefault(before)
    monkeypatch.undo()
    time.tzset()


def generate(parent, count=1000, **arguments):
    return parent.salesdata_generator(numSamples=count, **arguments).toDF()


@pytest.fixture(scope="module")
def sales(parent):
    """80,000 sales of a leap year, with the second of each."""
    frame = generate(parent, 80000, year=2024, seed=7)
    return frame.withColumn("at", F.unix_timestamp("sale_date")).drop("sale_date").collect()


def rows_of(frame):
    """Times as seconds of UTC: collected timestamps are in the time zone of the machine."""
    return sorted(tuple(row) for row in frame.withColumn("sale_date", F.unix_timestamp("sale_date")).collect())


def seconds(*date):
    return int(datetime.datetime(*date, tzinfo=datetime.timezone.utc).timestamp())


def first_and_last(frame):
    at = F.unix_timestamp("sale_date")
    return tuple(frame.agg(F.min(at), F.max(at)).collect()[0])


def test_makes_the_columns_and_as_many_rows_as_it_is_told(parent):
    frame = generate(parent, 1000, year=2023, seed=1)
    assert [(name, kind) for name, kind in frame.dtypes] == [
        ("id", "bigint"),
        ("sale_date", "timestamp"),
        ("amount_dollars", "double"),
        ("department", "string"),
    ]
    rows = frame.collect()
    assert sorted(row.id for row in rows) == list(range(1000))
    assert {row.department for row in rows} == DEPARTMENTS
    assert all(0.01 <= row.amount_dollars <= 1000 for row in rows)
    assert all(row.amount_dollars == round(row.amount_dollars, 2) for row in rows)


def test_rows_of_the_parent_are_replaced_even_when_there_are_none(dynamic_frame):
    assert generate(dynamic_frame([], "unused int"), 10, year=2023).count() == 10


def test_ansi_mode_does_not_change_the_rows_of_a_seed(parent, session):
    made = []
    for ansi in ("true", "false"):
        session("spark.sql.ansi.enabled", ansi)
        made.append(rows_of(generate(parent, 10, year=2023, seed=1)))
    assert made[0] == made[1]


def test_departments_are_equally_frequent(sales):
    """Rounding a random number times 7 gives the first and the last department half of what the others get."""
    frequencies = collections.Counter(row.department for row in sales)
    assert set(frequencies) == DEPARTMENTS
    expected = len(sales) / len(DEPARTMENTS)
    assert sum((found - expected) ** 2 / expected for found in frequencies.values()) < CHI_SQUARE


def test_values_of_a_row_do_not_depend_on_each_other(sales):
    """Were they taken from one number, each department would have its own part of the year and of the amounts."""
    for department in DEPARTMENTS:
        rows = [row for row in sales if row.department == department]
        # Six standard errors of the mean of 10,000 uniform values.
        assert abs(sum(row.amount_dollars for row in rows) / len(rows) - 500) < 17.4
        assert abs(sum(row.at - seconds(2024, 1, 1) for row in rows) / len(rows) / 86400 - 183) < 6.4


def test_every_day_of_a_leap_year_has_about_as_many_sales(sales):
    days = collections.Counter((row.at - seconds(2024, 1, 1)) // 86400 for row in sales)
    assert sorted(days) == list(range(366))
    # Each has 219 on average, with a standard deviation of 15.
    assert all(120 < found < 320 for found in days.values())


@pytest.mark.parametrize("year", [1900, 1969, 2023, 2024, 9999])
def test_the_year_goes_from_its_first_second_to_its_last_one(parent, monkeypatch, year):
    """The least and the largest number are drawn, which no number of rows would reach."""
    ends = F.when(F.col("id") == 0, 0)
    monkeypatch.setattr(salesdata_generator, "_drawn", lambda purpose, seed, count: ends.otherwise(count - 1))
    frame = generate(parent, 2, year=year)
    assert first_and_last(frame) == (seconds(year, 1, 1), seconds(year, 12, 31, 23, 59, 59))
    assert [(row.amount_dollars, row.department) for row in frame.drop("sale_date").orderBy("id").collect()] == [
        (0.01, "bargain"),
        (1000, "home"),
    ]


def test_the_year_is_that_of_utc_whatever_the_time_zones(parent, in_new_york):
    first, last = first_and_last(generate(parent, 20000, year=2023, seed=7))
    assert seconds(2023, 1, 1) <= first < seconds(2023, 1, 1, 5)
    assert seconds(2023, 12, 31, 19) < last < seconds(2024, 1, 1)


def test_time_zones_do_not_change_the_rows_of_a_seed(request, parent):
    expected = rows_of(generate(parent, year=2023, seed=7))
    request.getfixturevalue("in_new_york")
    assert rows_of(generate(parent, year=2023, seed=7)) == expected


def test_without_a_year_it_is_the_one_before_the_year_of_utc(parent, monkeypatch):
    utc = datetime.timezone.utc
    assert abs(salesdata_generator._utc_now() - datetime.datetime.now(utc)) < datetime.timedelta(minutes=1)
    # New Year's Eve in New York, and the new year in UTC.
    monkeypatch.setattr(salesdata_generator, "_utc_now", lambda: datetime.datetime(2024, 1, 1, 2, tzinfo=utc))
    first, last = first_and_last(generate(parent, seed=7))
    assert seconds(2023, 1, 1) <= first < last < seconds(2024, 1, 1)


@pytest.mark.parametrize("seed", [0, 2**63 - 1, -(2**63)])
def test_the_same_seed_makes_the_same_rows_whatever_the_number_of_partitions(spark, parent, monkeypatch, seed):
    expected = rows_of(generate(parent, year=2023, seed=seed))
    of_session = type(spark).range

    def in_seven(self, *limits):
        return of_session(self, *limits, step=1, numPartitions=7) if len(limits) > 1 else of_session(
            self, 0, limits[0], 1, 7
        )

    monkeypatch.setattr(type(spark), "range", in_seven)
    frame = generate(parent, year=2023, seed=seed)
    assert frame.rdd.getNumPartitions() == 7
    assert rows_of(frame) == expected


def test_rows_of_a_seed_are_frozen(parent):
    """They are compared over versions of Spark, and somebody may have written them down."""
    assert rows_of(generate(parent, 3, year=2024, seed=42)) == FROZEN


def test_seeds_and_runs_without_a_seed_make_other_rows(parent):
    made = [rows_of(generate(parent, 100, year=2023, **seed)) for seed in ({"seed": 1}, {"seed": 2}, {}, {})]
    assert all(made[a] != made[b] for a in range(4) for b in range(a))


def test_a_frame_that_is_read_twice_shows_the_same_rows(parent):
    frame = generate(parent, 100, year=2023)
    assert rows_of(frame) == rows_of(frame)


def test_there_are_as_many_partitions_as_spark_makes_by_default(spark, parent):
    assert generate(parent, year=2023).rdd.getNumPartitions() == spark.sparkContext.defaultParallelism


@pytest.mark.parametrize("count", [0, -1, "10", True, 1.5, None, 2**63])
def test_refuses_a_number_of_rows_that_is_none(parent, count):
    with pytest.raises(ValueError, match="salesdata_generator: numSamples is .*; give a whole number from 1"):
        parent.salesdata_generator(numSamples=count)


@pytest.mark.parametrize("year", [0, 99, 1899, 10000, -2023, "2023", True, 2023.0, ""])
def test_refuses_a_year_that_spark_cannot_save(parent, year):
    with pytest.raises(ValueError, match="salesdata_generator: year is .*; give a year of four digits, from 1900"):
        parent.salesdata_generator(numSamples=1, year=year)


@pytest.mark.parametrize("seed", ["7", 1.5, False, 2**63, -(2**63) - 1])
def test_refuses_a_seed_that_is_no_number(parent, seed):
    with pytest.raises(ValueError, match="salesdata_generator: seed is .*; give a whole number of 64 bits"):
        parent.salesdata_generator(numSamples=1, seed=seed)
