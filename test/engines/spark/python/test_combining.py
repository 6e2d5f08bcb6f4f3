import pyspark.sql.functions as F
import pytest
from frames import assert_same, columns


@pytest.fixture(scope="module")
def orders(spark):
    return spark.createDataFrame([(10, 1, "pen"), (11, 1, "ink"), (12, 9, "cup")], "id int, person int, name string")


def test_join_keeps_both_keys_and_puts_a_period_before_a_name_that_both_have(dynamic, people, orders):
    joined = dynamic(people.select("id", "name")).join(["id"], ["person"], dynamic(orders))
    right = orders.toDF(".id", "person", ".name")
    expected = people.select("id", "name").join(right, F.col("id") == F.col("person"))
    assert_same(joined, expected)
    assert joined.count() == 2


def test_join_takes_one_key_as_text_keys_in_structs_and_the_same_frame_twice(dynamic, people):
    one = dynamic(people)
    assert one.join("id", "id", one).count() == 3
    assert one.join(["home.city", "id"], ["home.city", "id"], one).count() == 2


def test_join_needs_as_many_keys_of_both_frames(dynamic, people):
    with pytest.raises(ValueError, match="as many keys of both frames"):
        dynamic(people).join(["id", "name"], ["id"], dynamic(people))


def test_union_goes_by_name_and_fills_with_nulls(dynamic, people, orders):
    one, two = people.select("id", "name"), orders.select("name", "person", "id")
    expected = one.withColumn("person", F.lit(None).cast("int")).unionByName(two.select("id", "name", "person"))
    assert_same(dynamic(one).union(dynamic(two)), expected)


def test_union_of_different_types_would_be_a_choice(dynamic, people, orders):
    other = orders.select(F.col("id").cast("string").alias("id"))
    with pytest.raises(
        NotImplementedError, match="A union of 'id' as int with 'id' as string is not in .* choice types"
    ):
        dynamic(people.select("id")).union(dynamic(other))


def test_merge_replaces_records_with_the_same_keys_and_keeps_duplicates(dynamic, spark):
    source = spark.createDataFrame([(1, "a"), (1, "b"), (2, "c"), (2, "d")], "id int, v string")
    staged = spark.createDataFrame([(2, "new"), (3, "more")], "id int, v string")
    expected = spark.createDataFrame([(1, "a"), (1, "b"), (2, "new"), (3, "more")], "id int, v string")
    assert_same(dynamic(source).mergeDynamicFrame(dynamic(staged), ["id"]), expected)


def test_split_rows_gives_the_rows_that_match_and_all_others(dynamic, people):
    both = dynamic(people).split_rows({"age": {">": 20, "<": 70}}, "match", "rest")
    assert_same(both.select("match"), people.filter("age > 20 and age < 70"))
    assert_same(both.select("rest"), people.filter("age is null or not (age > 20 and age < 70)"))


@pytest.mark.parametrize("comparator, sql", [("=", "="), ("!=", "<>"), ("<=", "<="), (">=", ">=")])
def test_split_rows_has_these_comparators(dynamic, people, comparator, sql):
    both = dynamic(people).split_rows({"age": {comparator: 30}}, "match", "rest")
    assert_same(both.select("match"), people.filter("age {} 30".format(sql)))


def test_split_rows_looks_into_structs_and_refuses_other_comparators(dynamic, people):
    both = dynamic(people).split_rows({"home.city": {"=": "Oslo"}}, "match", "rest")
    assert_same(both.select("match"), people.filter("home.city = 'Oslo'"))
    with pytest.raises(ValueError, match="'==' is no comparator"):
        dynamic(people).split_rows({"age": {"==": 1}}, "match", "rest")


def test_a_collection_gives_its_frames_by_name(dynamic, people):
    both = dynamic(people).split_fields(["id"], "one", "two")
    assert len(both) == 2 and both["one"] is both.values()[0]
    mapped = both.map(lambda frame, context: frame.rename_field("id", context), "number")
    assert columns(mapped.select("one").toDF()) == [("number", "int")]
    with pytest.raises(KeyError, match="no frame 'three' in the collection, only: one, two"):
        both.select("three")


def test_partitions_are_those_of_spark(dynamic, people):
    assert dynamic(people).repartition(3).getNumPartitions() == 3
    assert dynamic(people).repartition(3).coalesce(1).getNumPartitions() == 1
    assert_same(dynamic(people).repartition(3).coalesce(1), people)
