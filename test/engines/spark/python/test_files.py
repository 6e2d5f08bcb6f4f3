"""Reading and writing of local files: formats, options, names."""

import gzip
import os
import re

import pytest
from frames import assert_same, columns


def files(folder):
    return sorted(
        os.path.relpath(os.path.join(parent, name), str(folder))
        for parent, _, names in os.walk(str(folder))
        for name in names
    )


def read(glue, path, format, options={}, **connection):
    return glue.create_dynamic_frame.from_options("s3", dict(connection, paths=[str(path)]), format, options, "node1")


def write(glue, frame, path, format, options={}, context="", **connection):
    return glue.write_dynamic_frame.from_options(
        frame, "s3", dict(connection, path=str(path)), format, options, context
    )


def text(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize("format", ["json", "parquet", "glueparquet"])
def test_what_is_written_can_be_read(glue, dynamic, people, spark, tmp_path, format):
    frame = dynamic(people)
    assert write(glue, frame, tmp_path / "out", format, context="node2") is frame
    back = read(glue, tmp_path / "out", format)
    assert back.name == "node1"
    expected = spark.read.format(format.replace("glue", "")).load(str(tmp_path / "out"))
    assert_same(back, expected)
    assert back.count() == 3


def test_written_files_have_glue_names_and_no_markers_beside_them(glue, dynamic, spark, tmp_path):
    frame = dynamic(spark.range(4).repartition(2))
    write(glue, frame, tmp_path, "json", context="AmazonS3_node1")
    write(glue, frame, tmp_path, "parquet")
    job = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    json = re.compile(r"run-AmazonS3_node1-{}-part-r-0000[01]\.json".format(job))
    parquet = re.compile(r"run-{}-part-r-0000[01]\.snappy\.parquet".format(job))
    assert [bool(json.fullmatch(name)) for name in files(tmp_path)].count(True) == 2
    assert [bool(parquet.fullmatch(name)) for name in files(tmp_path)].count(True) == 2
    assert len(files(tmp_path)) == 4


def test_writing_adds_and_never_removes(glue, dynamic, people, spark, tmp_path):
    text(tmp_path / "kept.txt", "kept")
    write(glue, dynamic(people), tmp_path / "out", "json")
    write(glue, dynamic(people), tmp_path / "out", "json")
    assert spark.read.json(str(tmp_path / "out")).count() == 6
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_partition_keys_become_folders_as_spark_makes_them(glue, dynamic, spark, tmp_path):
    frame = spark.createDataFrame([(1, "a/b", 1), (2, None, 2)], "id int, k string, n int")
    write(glue, dynamic(frame), tmp_path / "glue", "parquet", partitionKeys=["k", "n"])
    frame.write.partitionBy("k", "n").parquet(str(tmp_path / "spark"))
    folders = lambda name: sorted({os.path.dirname(f) for f in files(tmp_path / name)} - {""})
    assert folders("glue") == folders("spark") == ["k=__HIVE_DEFAULT_PARTITION__/n=2", "k=a%2Fb/n=1"]
    # On Glue the folders' names give columns for tables of the Data Catalog only.
    assert_same(read(glue, tmp_path / "glue", "parquet", recurse=True), frame.select("id"))
    assert columns(read(glue, tmp_path / "glue", "parquet").toDF()) == []


def test_a_place_without_files_gives_a_frame_without_columns_which_writes_nothing(glue, tmp_path):
    frame = read(glue, tmp_path / "file_that_doesnt_exist", "json")
    assert columns(frame.toDF()) == [] and frame.count() == 0
    write(glue, frame, tmp_path / "out", "parquet")
    assert not (tmp_path / "out").exists()


def test_folders_are_entered_on_request_and_hidden_files_never(glue, tmp_path):
    for name in ["a.json", "in/b.json", "_SUCCESS", ".c.json", "_in/d.json"]:
        text(tmp_path / name, '{"file": "%s"}' % name)
    assert [row.file for row in read(glue, tmp_path, "json").toDF().collect()] == ["a.json"]
    assert sorted(row.file for row in read(glue, tmp_path, "json", recurse=True).toDF().collect()) == [
        "a.json",
        "in/b.json",
    ]
    assert read(glue, "file://{}/in".format(tmp_path), "json").count() == 1


def test_names_that_spark_would_read_as_patterns_are_names(glue, tmp_path):
    text(tmp_path / "a[1]{x}*.json", '{"a": 1}')
    assert read(glue, tmp_path / "a[1]{x}*.json", "json").count() == 1


def test_several_paths_and_the_method_form(glue, tmp_path):
    text(tmp_path / "one.json", '{"a": 1}')
    text(tmp_path / "two/two.json", '{"a": 2}')
    paths = {"paths": [str(tmp_path / "one.json"), str(tmp_path / "two")], "groupFiles": "inPartition"}
    assert glue.create_dynamic_frame_from_options("file", paths, format="json").count() == 2
    assert glue.create_data_frame.from_options("file", paths, format="json").count() == 2
    assert glue.create_data_frame_from_options("file", paths, format="json").agg({"a": "sum"}).first()[0] == 3


def test_csv_without_a_header_has_numbered_columns_of_strings(glue, tmp_path):
    text(tmp_path / "a.csv", '1,"x, ""y"""\n2,\\\n')
    frame = read(glue, tmp_path / "a.csv", "csv").toDF()
    assert columns(frame) == [("col0", "string"), ("col1", "string")]
    assert [tuple(row) for row in frame.collect()] == [("1", 'x, "y"'), ("2", "\\")]


def test_csv_options(glue, spark, tmp_path):
    text(tmp_path / "a.csv", "id|name\n1|'a|b'\n2|'c\nd'\n")
    frame = read(
        glue, tmp_path / "a.csv", "csv", {"withHeader": True, "separator": "|", "quoteChar": "'", "multiLine": "true"}
    )
    assert_same(frame, spark.createDataFrame([("1", "a|b"), ("2", "c\nd")], "id string, name string"))
    text(tmp_path / "b.csv", 'head,line\n"1,2\n')
    frame = read(glue, tmp_path / "b.csv", "csv", {"skipFirst": True, "quoteChar": -1, "optimizePerformance": False})
    assert_same(frame, spark.createDataFrame([('"1', "2")], "col0 string, col1 string"))
    text(tmp_path / "c.csv", '"a\\"b",c\n')
    frame = read(glue, tmp_path / "c.csv", "csv", {"escaper": "\\"})
    assert_same(frame, spark.createDataFrame([('a"b', "c")], "col0 string, col1 string"))


def test_csv_is_written_with_a_header_and_quotes_written_twice(glue, dynamic, spark, tmp_path):
    frame = dynamic(spark.createDataFrame([(1, 'x, "y"')], "id int, name string").coalesce(1))
    write(glue, frame, tmp_path / "a", "csv")
    write(glue, frame, tmp_path / "b", "csv", {"separator": ";", "quoteChar": "'", "writeHeader": "false"})
    (one,), (two,) = files(tmp_path / "a"), files(tmp_path / "b")
    assert (tmp_path / "a" / one).read_text() == 'id,name\n1,"x, ""y"""\n'
    assert (tmp_path / "b" / two).read_text() == '1;x, "y"\n'


def test_compression(glue, dynamic, spark, tmp_path):
    frame = dynamic(spark.range(1).coalesce(1))
    write(glue, frame, tmp_path / "json", "json", compression="gzip")
    write(
        glue,
        frame,
        tmp_path / "parquet",
        "glueparquet",
        {"compression": "gzip", "blockSize": 1048576, "pageSize": 4096},
    )
    (name,) = files(tmp_path / "json")
    assert gzip.open(str(tmp_path / "json" / name)).read() == b'{"id":0}\n'
    assert files(tmp_path / "parquet")[0].endswith(".gz.parquet")
    (tmp_path / "json" / name).rename(tmp_path / "json" / "unnamed")
    assert read(glue, tmp_path / "json", "json", compressionType="gzip").toDF().first()["id"] == 0


@pytest.mark.parametrize(
    "options, message",
    [
        (("s3", {"paths": ["x"]}, "orc"), "The format 'orc' is not in .*: formats are csv, json, parquet, glueparquet"),
        (("s3", {"paths": ["x"]}, None), "The format None is not in"),
        (("mysql", {"paths": ["x"]}, "json"), "The connection type 'mysql' is not in .*: types are s3, file"),
        (
            ("s3", {"paths": ["x"], "exclusions": "[]"}, "json"),
            "The connection option 'exclusions', to read, is not in",
        ),
        (("s3", {"paths": ["x"], "compressionType": "lzo"}, "json"), "The compressionType 'lzo' is not in"),
        (
            ("s3", {"paths": ["x"]}, "json", {"jsonPath": "$"}),
            "The format option 'jsonPath' of json, to read, is not in",
        ),
        (
            ("s3", {"paths": ["x"]}, "parquet", {"a": 1}),
            "The format option 'a' of parquet, to read, .*: options are none",
        ),
        (
            ("s3", {"paths": ["x"]}, "csv", {"writeHeader": 1}),
            "The format option 'writeHeader' of csv, to read, is not in",
        ),
        (
            ("s3", {"paths": ["x"]}, "csv", {"withHeader": True, "skipFirst": True}),
            "csv with both withHeader and skipFirst",
        ),
        (("s3", {"paths": ["x"]}, "json", {}, "", "year = 1"), "from_options with push_down_predicate"),
    ],
)
def test_what_the_reader_has_not_is_refused_by_name(glue, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    text(tmp_path / "x", "{}")
    with pytest.raises(NotImplementedError, match=message):
        glue.create_dynamic_frame.from_options(*options)


@pytest.mark.parametrize(
    "options, message",
    [
        (("s3", {"path": "x"}, "xml"), "The format 'xml' is not in"),
        (("s3", {"path": "x", "mode": "overwrite"}, "json"), "The connection option 'mode', to write, is not in"),
        (("s3", {"path": "x"}, "csv", {"quoteChar": -1}), "Writing csv with quoteChar -1 is not in"),
        (
            ("s3", {"path": "x"}, "json", {"multiLine": True}),
            "The format option 'multiLine' of json, to write, is not in",
        ),
    ],
)
def test_what_the_writer_has_not_is_refused_by_name(glue, dynamic, people, options, message):
    with pytest.raises(NotImplementedError, match=message):
        glue.write_dynamic_frame_from_options(dynamic(people), *options)


def test_slips_are_errors(glue, dynamic, people, tmp_path):
    with pytest.raises(ValueError, match="'paths' is missing"):
        glue.create_dynamic_frame.from_options("s3", {}, "json")
    with pytest.raises(ValueError, match="'path' is missing"):
        glue.write_dynamic_frame.from_options(dynamic(people), "s3", {}, "json")
    text(tmp_path / "a.csv", "a")
    with pytest.raises(ValueError, match="withHeader is a boolean, not 'yes'"):
        read(glue, tmp_path / "a.csv", "csv", {"withHeader": "yes"})


def test_data_of_an_rdd(glue, spark):
    frame = glue.create_dynamic_frame.from_rdd(spark.sparkContext.parallelize([(1, "a")]), "made", ["id", "v"])
    assert (frame.name, columns(frame.toDF())) == ("made", [("id", "bigint"), ("v", "string")])
