import pyspark.sql.functions as F
import pytest
from awsglue.fields import parse_path
from frames import assert_same, columns


@pytest.mark.parametrize(
    "text, names",
    [
        ("a", ("a",)),
        ("a.b.c", ("a", "b", "c")),
        ("`a.b`", ("a.b",)),
        ("a.`b.c`.d", ("a", "b.c", "d")),
        ("Provider Id", ("Provider Id",)),
    ],
)
def test_a_path_has_names_between_dots_and_back_ticks_around_a_name_with_a_dot(text, names):
    assert parse_path(text) == names


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "`a", "a`b", "``", None, 3])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="is no path of a field"):
        parse_path(text)


def test_select_fields_keeps_the_fields_in_the_order_of_the_paths(dynamic, people):
    assert_same(dynamic(people).select_fields(["name", "id"]), people.select("name", "id"))


def test_select_fields_takes_one_path_as_text(dynamic, people):
    assert_same(dynamic(people).select_fields("age"), people.select("age"))


def test_select_fields_of_a_struct_keeps_the_struct_and_its_nulls(dynamic, people):
    expected = people.select(
        F.when(
            F.col("home").isNotNull(),
            F.struct(
                F.col("home.city").alias("city"),
                F.when(F.col("home.post").isNotNull(), F.struct(F.col("home.post.zip").alias("zip"))).alias("post"),
            ),
        ).alias("home")
    )
    assert_same(dynamic(people).select_fields(["home.city", "home.post.zip"]), expected)


def test_select_fields_passes_over_what_is_not_there(dynamic, people):
    assert_same(dynamic(people).select_fields(["nothing", "home.nothing", "id", "ID"]), people.select("id"))


def test_drop_fields_removes_fields_of_frames_and_structs(dynamic, people):
    assert_same(dynamic(people).drop_fields(["name", "nothing"]), people.drop("name"))
    dropped = dynamic(people).drop_fields(["home.post.zip", "home.city"]).toDF()
    assert columns(dropped.select("home")) == [("home", "struct<post:struct<country:string>>")]
    assert dropped.filter("home is null").count() == 1


def test_drop_fields_removes_a_struct_without_fields(dynamic, people):
    dropped = dynamic(people).drop_fields(["home.post.zip", "home.post.country"])
    assert columns(dropped.toDF().select("home")) == [("home", "struct<city:string>")]
    assert_same(dropped.drop_fields(["home.city"]), people.drop("home"))


def test_rename_field_keeps_the_place_of_the_field(dynamic, people):
    assert_same(dynamic(people).rename_field("name", "first name"), people.withColumnRenamed("name", "first name"))
    assert_same(dynamic(people).rename_field("nothing", "something"), people)


def test_rename_field_in_a_struct_keeps_values_and_nulls(dynamic, people):
    renamed = dynamic(people).rename_field("home.post.zip", "home.post.code")
    expected = people.withColumn(
        "home", F.col("home").cast("struct<city:string,post:struct<code:string,country:string>>")
    )
    assert_same(renamed, expected)


def test_rename_field_to_another_struct_is_not_there(dynamic, people):
    with pytest.raises(NotImplementedError, match="rename_field from `home`.`city` to another struct, `city`"):
        dynamic(people).rename_field("home.city", "city")


def test_names_with_dots_are_fields_of_their_own(dynamic, spark):
    dotted = spark.createDataFrame([(1, 2)], "`a.b` int, `c` int")
    assert_same(dynamic(dotted).select_fields(["`a.b`"]), dotted.select("`a.b`"))
    assert_same(dynamic(dotted).drop_fields(["a.b"]), dotted)
    assert_same(dynamic(dotted).drop_fields(["`a.b`"]), dotted.select("c"))
    assert_same(dynamic(dotted).rename_field("`a.b`", "d"), dotted.toDF("d", "c"))


def test_a_path_through_an_array_is_refused(dynamic, spark):
    frame = dynamic(spark.createDataFrame([([(1,)],)], "list array<struct<a: int>>"))
    with pytest.raises(
        NotImplementedError, match="The path to `a` in a field of the type array is not in Headgate's stand-in"
    ):
        frame.select_fields(["list.a"])


def test_split_fields_gives_two_frames(dynamic, people):
    both = dynamic(people).split_fields(["id", "home.city"], "one", "two")
    assert both.keys() == ["one", "two"]
    assert both.select("one").name == "one"
    assert columns(both.select("one").toDF()) == [("id", "int"), ("home", "struct<city:string>")]
    assert_same(both.select("two"), dynamic(people).drop_fields(["id", "home.city"]).toDF())
