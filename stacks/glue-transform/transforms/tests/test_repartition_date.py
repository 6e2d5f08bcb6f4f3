"""What the repartitioner promises, and the faults that a first version of one has."""

import datetime
import glob
import logging
import os

import pyspark.sql.functions as F
import pytest
import repartition_date  # noqa: F401 - attaches the transform to DynamicFrame

SALES = [
    ("2024-01-31", "sports", 1),
    ("2024-02-29", "home", 2),
    ("2024-02-29", "sports", 3),
    ("2024-12-01", "home", 4),
]
SCHEMA = "sale_date string, department string, amount int"


@pytest.fixture(scope="module", autouse=True)
def few_tasks(spark):
    """200 tasks for a handful of rows would only take time."""
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", before)


@pytest.fixture(scope="module")
def sales(dynamic_frame):
    return dynamic_frame(SALES, SCHEMA)


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


@pytest.fixture(params=["true", "false"], ids=["ansi", "no-ansi"])
def ansi(session, request):
    session("spark.sql.ansi.enabled", request.param)


def parts(frame):
    return sorted(frame.select("year", "month", "day").collect(), key=str)


def partitions(frame):
    return frame.rdd.getNumPartitions()


def folders(frame, folder, *names):
    """How many files each folder gets when the frame is saved by these columns."""
    frame.write.partitionBy(*names).parquet(str(folder))
    found = {}
    for file in glob.glob(os.path.join(str(folder), "*" + "/*" * len(names) + ".parquet")):
        place = os.path.relpath(os.path.dirname(file), str(folder))
        found[place] = found.get(place, 0) + 1
    return found


def refusal(frame, *arguments, **named):
    with pytest.raises(ValueError) as caught:
        frame.repartition_date(*arguments, **named)
    return str(caught.value)


def test_adds_year_month_and_day_as_texts_with_zeros(sales):
    frame = sales.repartition_date(dateCol="sale_date", numPartitionsExpected=3).toDF()
    assert frame.dtypes == [
        ("sale_date", "string"),
        ("department", "string"),
        ("amount", "int"),
        ("year", "string"),
        ("month", "string"),
        ("day", "string"),
    ]
    assert parts(frame) == [
        ("2024", "01", "31"),
        ("2024", "02", "29"),
        ("2024", "02", "29"),
        ("2024", "12", "01"),
    ]
    assert sorted(row.amount for row in frame.collect()) == [1, 2, 3, 4]


def test_a_year_has_four_digits(dynamic_frame):
    frame = dynamic_frame([(datetime.date(987, 6, 5),)], "on date").repartition_date("on", None, 1).toDF()
    assert parts(frame) == [("0987", "06", "05")]


def test_counts_the_combinations_when_no_number_is_given(sales):
    assert partitions(sales.repartition_date("sale_date").toDF()) == 3
    assert partitions(sales.repartition_date("sale_date", " department , amount ").toDF()) == 4
    assert partitions(sales.repartition_date("sale_date", numPartitionsExpected=9).toDF()) == 9


def test_keeps_the_name_of_the_frame(sales):
    assert sales.repartition_date("sale_date", None, 1).name == sales.name


@pytest.mark.parametrize("count", [None, 2])
def test_each_folder_gets_one_file(spark, sales, tmp_path, count):
    rows = spark.range(0, 600, 1, 3).select(
        F.expr("date_add(date'2024-02-28', cast(id % 10 as int))").alias("sale_date"),
        F.expr("concat('d', cast(id % 3 as string))").alias("department"),
        "id",
    )
    before = folders(rows, tmp_path / "before", "sale_date")
    assert (len(before), sum(before.values())) == (10, 3 * 10)

    frame = type(sales).fromDF(rows, sales.glue_ctx, "sales")
    after = frame.repartition_date("sale_date", "department", count).toDF()
    files = folders(after, tmp_path / "after", "year", "month", "day", "department")
    assert len(files) == 10 * 3
    assert set(files.values()) == {1}
    assert "year=2024/month=02/day=29/department=d0" in files
    assert spark.read.parquet(str(tmp_path / "after")).count() == 600


def test_rows_without_a_date_are_kept_counted_and_go_to_one_folder(dynamic_frame, tmp_path, caplog, ansi):
    """COUNT(DISTINCT a, b) leaves them out, and format_string makes the text 'null' of a null."""
    rows = [("2024-01-31", 1), (None, 2), ("", 3), ("  ", 4)]
    with caplog.at_level(logging.WARNING):
        frame = dynamic_frame(rows, "sale_date string, amount int").repartition_date("sale_date").toDF()
    assert partitions(frame) == 2
    assert "3 rows have no date in 'sale_date' and go to __HIVE_DEFAULT_PARTITION__" in caplog.text
    assert frame.where("year is null and month is null and day is null").count() == 3
    none = "__HIVE_DEFAULT_PARTITION__"
    assert folders(frame, tmp_path / "out", "year", "month", "day") == {
        "year=2024/month=01/day=31": 1,
        "year={0}/month={0}/day={0}".format(none): 1,
    }


def test_nothing_is_said_when_all_rows_have_a_date(sales, caplog):
    with caplog.at_level(logging.WARNING):
        sales.repartition_date("sale_date")
    assert "have no date" not in caplog.text


def test_nulls_in_other_partition_columns_are_counted_too(dynamic_frame):
    rows = [("2024-01-31", None), ("2024-01-31", "home"), ("2024-02-29", None)]
    frame = dynamic_frame(rows, "sale_date string, department string")
    assert partitions(frame.repartition_date("sale_date", "department").toDF()) == 3


def test_a_column_with_nothing_but_nulls_has_one_partition(dynamic_frame):
    frame = dynamic_frame([(None, 1), (None, 2)], "sale_date date, amount int").repartition_date("sale_date").toDF()
    assert (partitions(frame), frame.count()) == (1, 2)


@pytest.mark.parametrize("count", [None, 3])
def test_a_frame_without_rows_stays_one_without_rows(dynamic_frame, count):
    """repartition(0) is an error of Spark."""
    frame = dynamic_frame([], SCHEMA).repartition_date("sale_date", "department", count).toDF()
    assert frame.columns == ["sale_date", "department", "amount", "year", "month", "day"]
    assert frame.count() == 0


def test_a_frame_without_columns_stays_as_it_is(spark, sales):
    """A source whose path has no files, or no new ones, has no columns."""
    nothing = spark.createDataFrame([], spark.createDataFrame([], "a int").drop("a").schema)
    frame = type(sales).fromDF(nothing, sales.glue_ctx, "nothing").repartition_date("sale_date").toDF()
    assert (frame.columns, frame.count()) == ([], 0)


@pytest.mark.parametrize("kind", ["date", "timestamp", "string"])
def test_takes_dates_timestamps_and_texts(spark, sales, ansi, kind):
    frame = spark.range(1).select(F.lit("2024-02-29").cast(kind).alias("sale_date"))
    made = type(sales).fromDF(frame, sales.glue_ctx, "sales").repartition_date("sale_date", None, 1).toDF()
    assert parts(made) == [("2024", "02", "29")]


@pytest.mark.parametrize("zone, day", [("UTC", "01"), ("America/New_York", "31")])
def test_the_day_of_a_timestamp_is_that_of_the_session(spark, sales, session, zone, day):
    session("spark.sql.session.timeZone", zone)
    instant = F.timestamp_seconds(F.lit(1704081600))  # 2024-01-01T04:00:00Z
    frame = spark.range(1).select(instant.alias("at"))
    made = type(sales).fromDF(frame, sales.glue_ctx, "sales").repartition_date("at", None, 1).toDF()
    rows = made.select("day", F.dayofmonth(F.col("at").cast("date"))).collect()
    assert rows == [(day, int(day))]


def test_the_day_of_a_text_is_the_one_that_is_written(dynamic_frame, session, ansi):
    session("spark.sql.session.timeZone", "Asia/Tokyo")
    texts = ["2024-01-01T23:30:00-05:00", "2024-01-01 23:30:00", " 2024-01-01 ", "2024-1-1"]
    frame = dynamic_frame([(text,) for text in texts], "at string").repartition_date("at", None, 1).toDF()
    assert parts(frame) == [("2024", "01", "01")] * 4


@pytest.mark.parametrize("text", ["yesterday", "20240229", "2024-02-30", "2024-01-01x"])
def test_a_text_that_is_no_date_is_an_error_and_no_null(dynamic_frame, ansi, text):
    frame = dynamic_frame([(text,)], "at string")
    with pytest.raises(Exception, match=text):
        frame.repartition_date("at", numPartitionsExpected=1).toDF().collect()


@pytest.mark.parametrize("kind", ["int", "double", "boolean", "struct<day:date>", "array<date>"])
def test_refuses_a_date_column_of_another_type(dynamic_frame, kind):
    message = refusal(dynamic_frame([], "sale_date {}".format(kind)), "sale_date")
    assert message == (
        "repartition_date: the column 'sale_date' has the type {}; "
        "give one with dates, timestamps or texts".format(kind)
    )


def test_blanks_around_names_do_not_count(sales):
    """The text that people copy has a blank after 'department'."""
    frame = sales.repartition_date(" sale_date ", "department ").toDF()
    assert partitions(frame) == 4


def test_a_name_with_blanks_is_found_when_it_is_the_only_one(dynamic_frame):
    frame = dynamic_frame([("2024-01-31", "a")], "` on ` string, `kind ` string")
    assert parts(frame.repartition_date(" on ", "kind ", 1).toDF()) == [("2024", "01", "31")]


@pytest.mark.parametrize("name", ["weird name; drop -- it's", "a.b", "``", '"back`tick"', "*", "key0", "count(1) 日付"])
def test_any_name_works(sales, name):
    frame = sales.toDF().withColumnRenamed("sale_date", name).withColumnRenamed("department", name + "2")
    made = type(sales).fromDF(frame, sales.glue_ctx, "sales").repartition_date(name, name + "2").toDF()
    assert made.columns == [name, name + "2", "amount", "year", "month", "day"]
    assert partitions(made) == 4


def test_names_are_compared_as_spark_does(dynamic_frame, session):
    frame = dynamic_frame(SALES, "Sale_Date string, Department string, amount int")
    made = frame.repartition_date("sale_DATE", "department").toDF()
    assert (made.columns[:2], partitions(made)) == (["Sale_Date", "Department"], 4)
    session("spark.sql.caseSensitive", "true")
    assert refusal(frame, "sale_date") == (
        "repartition_date: dateCol names 'sale_date', but there is no such column; did you mean 'Sale_Date'?"
    )


def test_refuses_a_name_that_stands_for_several_columns(dynamic_frame, session):
    session("spark.sql.caseSensitive", "true")
    frame = dynamic_frame([("2024-01-31", "a", "b")], "on string, kind string, Kind string")
    assert partitions(frame.repartition_date("on", "Kind").toDF()) == 1
    session("spark.sql.caseSensitive", "false")
    assert refusal(frame, "on", "kind") == (
        "repartition_date: partitionCols names 'kind', but 2 columns are called so for Spark (kind, Kind); "
        "rename all but one"
    )


UNKNOWN = "names {!r}, but there is no such column; "
COMMA = "partitionCols is {!r}, which has a comma with no name before or after it"


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("sale_dat",), "dateCol " + UNKNOWN.format("sale_dat") + "did you mean 'sale_date'?"),
        (("on", "departmnt"), "dateCol " + UNKNOWN.format("on") + "there are 'sale_date', 'department', 'amount'"),
        (("sale_date", "departmnt"), "partitionCols " + UNKNOWN.format("departmnt") + "did you mean 'department'?"),
        (
            ("sale_date", "Month"),
            "partitionCols " + UNKNOWN.format("Month") + "year, month and day are added and need no mention",
        ),
        (("",), "dateCol is ''; give the name of a column"),
        ((" ",), "dateCol is ' '; give the name of a column"),
        ((None,), "dateCol is None; give the name of a column"),
        (("sale_date", "department,"), COMMA.format("department,")),
        (("sale_date", "department,,amount"), COMMA.format("department,,amount")),
        (("sale_date", ","), COMMA.format(",")),
        (("sale_date", ["home"]), "partitionCols is ['home']; give a text with names, separated by commas"),
        (("sale_date", "department, Department"), "partitionCols names 'department' twice; remove one"),
    ],
)
def test_refuses_wrong_names(sales, arguments, message):
    assert refusal(sales, *arguments) == "repartition_date: " + message


@pytest.mark.parametrize("count", [0, -1, "10", True, 2.5, 2**31])
def test_refuses_a_number_of_partitions_that_is_none(sales, count):
    expected = "repartition_date: numPartitionsExpected is {!r}; give a whole number from 1".format(count)
    assert refusal(sales, "sale_date", None, count) == expected


@pytest.mark.parametrize("more", ["", "  "])
def test_no_more_partition_columns(sales, more):
    assert partitions(sales.repartition_date("sale_date", more).toDF()) == 3


@pytest.mark.parametrize("name", ["year", "Month", "day"])
def test_refuses_to_replace_a_column(dynamic_frame, name):
    message = refusal(dynamic_frame([("2024-01-31", 1)], "sale_date string, {} int".format(name)), "sale_date")
    assert message == (
        "repartition_date: there is a column {!r} already, which the one of the date would replace; "
        "rename or drop it before".format(name)
    )


def test_refuses_a_partition_column_that_cannot_be_in_the_name_of_a_folder(dynamic_frame):
    message = refusal(dynamic_frame([], "sale_date date, tags array<string>"), "sale_date", "tags")
    assert message == (
        "repartition_date: the column 'tags' has the type array<string>, which cannot be part of a folder's name"
    )
