import datetime
import decimal

import pyspark.sql.functions as F
import pytest
from awsglue.casts import spark_type
from frames import assert_same, columns, rows


def test_apply_mapping_keeps_renames_and_casts_what_it_names_and_drops_the_rest(dynamic, people, ansi):
    mapped = dynamic(people).apply_mapping([("name", "string", "who", "string"), ("id", "int", "number", "long")])
    assert_same(mapped, people.select(F.col("name").alias("who"), F.col("id").cast("bigint").alias("number")))


def test_apply_mapping_takes_fields_out_of_structs_and_puts_them_into_structs(dynamic, people):
    mapped = dynamic(people).apply_mapping(
        [
            ("home.post.zip", "string", "zip", "string"),
            ("id", "int", "person.id", "string"),
            ("name", "string", "person.`given.name`", "string"),
        ]
    )
    expected = people.select(
        F.col("home.post.zip").alias("zip"),
        F.struct(F.col("id").cast("string").alias("id"), F.col("name").alias("given.name")).alias("person"),
    )
    assert_same(mapped, expected)


def test_apply_mapping_passes_over_a_source_that_is_not_there(dynamic, people):
    mapped = dynamic(people).apply_mapping([("nothing", "string", "a", "string"), ("id", "int", "id", "int")])
    assert_same(mapped, people.select("id"))


TEXTS = [
    ("12", "tinyint", 12),
    ("300", "tinyint", None),
    ("12", "Short", 12),
    ("x", "int", None),
    ("9999999999", "int", None),
    ("9999999999", "bigint", 9999999999),
    ("1.5", "float", 1.5),
    ("x", "double", None),
    ("1.239", "decimal", decimal.Decimal("1.24")),
    ("1.5", "decimal(6, 3)", decimal.Decimal("1.500")),
    ("12345.6", "decimal(3,1)", None),
    ("true", "boolean", True),
    ("perhaps", "boolean", None),
    ("2021-09-01", "date", datetime.date(2021, 9, 1)),
    ("2021-09-01 10:00:00", "date", datetime.date(2021, 9, 1)),
    ("2021-13-01", "date", None),
    ("tomorrow morning", "timestamp", None),
    ("text", "binary", bytearray(b"text")),
    (None, "int", None),
]


def test_a_text_that_the_type_cannot_hold_becomes_null(dynamic, spark, ansi):
    names = ["c{}".format(number) for number in range(len(TEXTS))]
    schema = ", ".join(name + " string" for name in names)
    frame = dynamic(spark.createDataFrame([tuple(text for text, _, _ in TEXTS)], schema))
    mapped = frame.apply_mapping([(name, "string", name, type_name) for name, (_, type_name, _) in zip(names, TEXTS)])
    assert list(zip(TEXTS, mapped.toDF().first())) == [(case, case[2]) for case in TEXTS]


def test_a_number_that_the_type_cannot_hold_becomes_null(dynamic, spark, ansi):
    frame = dynamic(spark.createDataFrame([(300, 1e300)], "a int, b double"))
    mapped = frame.apply_mapping([("a", "int", "a", "byte"), ("b", "double", "b", "long")])
    assert rows(mapped.toDF()) == ["(None, None)"]


def test_a_timestamp_becomes_its_date_in_utc(dynamic, spark, ansi):
    source = spark.sql("select timestamp_seconds(1630540799) as at")
    mapped = dynamic(source).apply_mapping([("at", "timestamp", "day", "date"), ("at", "timestamp", "at", "string")])
    assert rows(mapped.toDF()) == ["(datetime.date(2021, 9, 1), '2021-09-01 23:59:59')"]


def test_nested_types_are_kept_as_they_are(dynamic, people, spark):
    mapped = dynamic(people).apply_mapping([("home", "struct", "place", "struct")])
    assert_same(mapped, people.select(F.col("home").alias("place")))
    with pytest.raises(ValueError, match="`name` has the type string and cannot become array"):
        dynamic(people).apply_mapping([("name", "string", "name", "array")])


def test_a_type_that_glue_has_not_is_refused(dynamic, people):
    assert spark_type("Long") == "bigint"
    for mapping in [("id", "int", "id", "int64"), ("id", "number", "id", "int")]:
        with pytest.raises(ValueError, match="is no type of Glue. Types: string, boolean, byte"):
            dynamic(people).apply_mapping([mapping])


def test_a_target_is_named_once(dynamic, people):
    for targets in [("a", "a"), ("a", "a.b"), ("a.b", "a")]:
        with pytest.raises(ValueError, match="is a target"):
            dynamic(people).apply_mapping([("id", "int", target, "int") for target in targets])


def test_case_counts(dynamic, people):
    assert columns(dynamic(people).apply_mapping([("ID", "int", "id", "int")]).toDF()) == []
    with pytest.raises(NotImplementedError, match="apply_mapping with case_sensitive=False"):
        dynamic(people).apply_mapping([("ID", "int", "id", "int")], case_sensitive=False)


def test_resolve_choice_casts_what_specs_name_in_its_place(dynamic, people, ansi):
    resolved = dynamic(people).resolveChoice(specs=[("age", "cast:string"), ("home.post.zip", "cast:int")])
    assert columns(resolved.toDF()) == [
        ("id", "int"),
        ("name", "string"),
        ("age", "string"),
        ("home", "struct<city:string,post:struct<zip:int,country:string>>"),
    ]
    assert rows(resolved.toDF().select("age", "home.post.zip")) == ["('30', 150)", "('70', None)", "(None, None)"]


@pytest.mark.parametrize("action", ["make_cols", "make_struct", "project:int"])
def test_resolve_choice_has_nothing_else_to_resolve(dynamic, people, action):
    assert_same(dynamic(people).resolveChoice(specs=[("age", action), ("nothing", "cast:int")]), people)
    assert_same(dynamic(people).resolveChoice(choice=action), people)


def test_resolve_choice_refuses_what_it_cannot_do(dynamic, people):
    with pytest.raises(
        NotImplementedError, match="'project:string' for `age`, of type int is not in .* use cast:string"
    ):
        dynamic(people).resolveChoice(specs=[("age", "project:string")])
    with pytest.raises(NotImplementedError, match="'match_catalog' is not in .*: there is no Data Catalog"):
        dynamic(people).resolveChoice(choice="match_catalog", database="a", table_name="b")
    with pytest.raises(ValueError, match="'cast' is no action of resolveChoice"):
        dynamic(people).resolveChoice(specs=[("age", "cast")])
    with pytest.raises(ValueError, match="specs or choice, not both"):
        dynamic(people).resolveChoice(specs=[("age", "cast:int")], choice="make_cols")
