import pyspark.sql.functions as F
import pytest
from awsglue.records import DynamicRecord
from frames import assert_same, columns


def test_filter_gives_the_function_a_record_and_keeps_the_rows_as_they_are(dynamic, people):
    assert_same(
        dynamic(people).filter(lambda r: r["name"] in ("Ann", None)), people.filter("coalesce(name, 'Ann') = 'Ann'")
    )
    assert_same(
        dynamic(people).filter(lambda r: r.home and r.home["city"] == "Bonn"), people.filter("home.city = 'Bonn'")
    )


def test_filter_keeps_types_that_python_does_not_tell_apart(dynamic, spark):
    frame = spark.sql(
        "select cast(1 as tinyint) a, cast(1.5 as float) b, timestamp_seconds(0) c, cast(2 as decimal(9,3)) d"
    )
    assert_same(dynamic(frame).filter(lambda r: r.a == 1), frame)


def test_filter_of_a_frame_without_columns_changes_nothing(dynamic, spark):
    assert dynamic(spark.createDataFrame([], "a int").drop("a")).filter(lambda r: False).count() == 0


def test_map_takes_the_schema_from_the_records(dynamic, people):
    def merge(record):
        record["person"] = {}
        record["person"]["name"] = record["name"]
        record["person"]["ids"] = [record["id"]]
        record.older = record.age + 1 if record.age else None
        del record["name"], record["id"], record["age"], record["home"]
        return record

    expected = people.select(
        F.struct("name", F.array(F.col("id").cast("bigint")).alias("ids")).alias("person"),
        (F.col("age") + 1).cast("bigint").alias("older"),
    )
    assert_same(dynamic(people).map(merge), expected)


def test_map_puts_records_with_different_fields_together(dynamic, people):
    mapped = dynamic(people).map(lambda r: {"a": r.id} if r.id > 1 else {"b": r.name, "a": r.id})
    expected = people.select(F.col("id").cast("bigint").alias("a"), F.expr("case id when 1 then name end").alias("b"))
    assert_same(mapped.select_fields(["a", "b"]), expected)
    assert len(mapped.toDF().columns) == 2


def test_map_keeps_the_type_of_a_field_that_is_null_everywhere(dynamic, people):
    def forget(record):
        record["age"] = None
        return record

    assert ("age", "int") in columns(dynamic(people).map(forget).toDF())


def test_map_keeps_maps_maps_and_structs_structs(dynamic, spark):
    frame = spark.sql("select map('k', named_struct('a', 1L)) as m, named_struct('a', 1L) as s")
    assert_same(dynamic(frame).map(lambda r: r), frame)


def test_map_of_no_records_keeps_the_schema(dynamic, people):
    none = people.filter("id > 9")
    assert_same(dynamic(none).map(lambda r: {"other": 1}), none)


def test_map_runs_the_function_once_a_record(dynamic, people, spark):
    calls = spark.sparkContext.accumulator(0)

    def count(record):
        calls.add(1)
        return record

    mapped = dynamic(people).map(count)
    assert mapped.count() == 3 and len(mapped.toDF().collect()) == 3
    assert calls.value == 3


def test_map_partitions_gives_the_records_of_a_partition(dynamic, people):
    mapped = dynamic(people.coalesce(1)).mapPartitions(lambda records: [{"sum": sum(r.id for r in records)}])
    assert mapped.toDF().first()["sum"] == 6


def test_a_record_says_which_field_it_has_not():
    with pytest.raises(AttributeError, match="the record has no field 'b'"):
        DynamicRecord(a=1).b
