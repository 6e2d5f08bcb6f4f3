import pytest
from awsglue.transforms import *
from awsglue.transforms import __all__ as names
from frames import assert_same, columns


def test_each_transform_does_what_the_method_does(dynamic, people):
    frame = dynamic(people)
    mappings = [("id", "int", "number", "long")]
    assert_same(ApplyMapping.apply(frame=frame, mappings=mappings), frame.apply_mapping(mappings).toDF())
    assert_same(SelectFields.apply(frame=frame, paths=["id"], transformation_ctx="x"), people.select("id"))
    assert_same(DropFields.apply(frame, ["id"]), people.drop("id"))
    assert_same(RenameField.apply(frame, "id", "key"), people.withColumnRenamed("id", "key"))
    assert_same(ResolveChoice.apply(frame, choice="make_cols"), people)
    assert_same(Filter.apply(frame=frame, f=lambda r: r["id"] == 1), people.filter("id = 1"))
    assert columns(Map.apply(frame=frame, f=lambda r: {"a": r["id"]}).toDF()) == [("a", "bigint")]
    assert Join.apply(frame, RenameField.apply(frame, "id", "key"), "id", "key").count() == 3
    assert RenameField.name() == "RenameField"


def test_collections_of_two_frames(dynamic, people):
    rows = SplitRows.apply(dynamic(people), {"id": {"=": 1}})
    assert_same(SelectFromCollection.apply(dfc=rows, key="frame1"), people.filter("id = 1"))
    split = SplitFields.apply(dynamic(people), ["id"])
    assert split.keys() == ["test1", "test2"]
    renamed = MapToCollection.apply(split, RenameField, "frame", old_name="id", new_name="key")
    assert columns(renamed["test1"].toDF()) == [("key", "int")]


def test_drop_null_fields_drops_the_fields_of_the_type_null(dynamic, spark):
    frame = spark.sql("select 1 a, null b, named_struct('c', null, 'd', 2) e, cast(null as string) f")
    assert_same(
        DropNullFields.apply(frame=dynamic(frame)),
        spark.sql("select 1 a, named_struct('d', 2) e, cast(null as string) f"),
    )


def test_spigot_writes_a_sample_and_gives_the_frame(dynamic, people, spark, tmp_path):
    frame = dynamic(people)
    assert Spigot.apply(frame, str(tmp_path), {"topk": 2}) is frame
    assert spark.read.json(str(tmp_path)).count() == 2
    frame.spigot(str(tmp_path / "half"), {"prob": "0.999999"})
    assert spark.read.json(str(tmp_path / "half")).count() == 3
    with pytest.raises(NotImplementedError, match="spigot with the option 'top'"):
        frame.spigot(str(tmp_path), {"top": 2})


@pytest.mark.parametrize(
    "name",
    [
        "ErrorsAsDynamicFrame",
        "FillMissingValues",
        "FindIncrementalMatches",
        "FindMatches",
        "FlatMap",
        "Relationalize",
        "Unbox",
        "UnnestFrame",
    ],
)
def test_other_transforms_of_glue_can_be_imported_and_say_that_they_are_missing(dynamic, people, name):
    assert name in names
    with pytest.raises(
        NotImplementedError, match="The transform {} is not in Headgate's stand-in for awsglue".format(name)
    ):
        globals()[name].apply(frame=dynamic(people))
