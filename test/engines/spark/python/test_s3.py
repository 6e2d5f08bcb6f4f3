"""Reading and writing of S3, on the AWS whose address is in AWS_ENDPOINT_URL: the local one."""

import os
import uuid

import boto3
import pytest
from awsglue import s3
from frames import assert_same, columns


@pytest.fixture(scope="module")
def bucket():
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://")
    name = "stand-in-{}".format(uuid.uuid4().hex[:12])
    boto3.client("s3").create_bucket(Bucket=name)
    return name


def put(bucket, **objects):
    for key, body in objects.items():
        boto3.client("s3").put_object(Bucket=bucket, Key=key.replace("__", "/"), Body=body)


def keys(bucket, prefix):
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))


def read(glue, address, **connection):
    return glue.create_dynamic_frame.from_options("s3", dict(connection, paths=[address]), "json").toDF()


def test_a_partitioned_frame_goes_to_s3_and_comes_back(glue, dynamic, spark, bucket):
    frame = spark.range(60).selectExpr("id", "cast(date_add('2021-01-01', cast(id % 30 as int)) as string) as day")
    address = "s3://{}/output/".format(bucket)
    glue.write_dynamic_frame.from_options(
        dynamic(frame.repartition(1)),
        "s3",
        {"path": address, "partitionKeys": ["day"]},
        "parquet",
        {},
        "AmazonS3_node1",
    )
    written = keys(bucket, "output/")
    assert len(written) == 30
    assert all(key.startswith("output/day=2021-01-") and "/run-AmazonS3_node1-" in key for key in written)
    assert all(key.endswith("-part-r-00000.snappy.parquet") for key in written)
    back = glue.create_dynamic_frame.from_options("s3", {"paths": [address], "recurse": True}, "parquet")
    assert_same(back, frame.select("id"))


def test_writing_adds_to_what_is_there(glue, dynamic, spark, bucket):
    put(bucket, added__kept="kept")
    for _ in range(2):
        dynamic(spark.range(1).coalesce(1)).write("s3", {"path": "s3://{}/added".format(bucket)}, "json")
    assert len(keys(bucket, "added/")) == 3 and "added/kept" in keys(bucket, "added/")


def test_a_path_is_an_object_or_a_folder(glue, bucket):
    put(bucket, data='{"a": "object"}', data__one='{"a": "one"}', data__in__two='{"a": "two"}', data2='{"a": "other"}')
    put(bucket, data___SUCCESS="", data__="", data__in__="")
    address = "s3://{}/data".format(bucket)
    values = lambda frame: sorted(row.a for row in frame.collect())
    assert values(read(glue, address)) == ["object", "one"]
    assert values(read(glue, address + "/")) == ["one"]
    assert values(read(glue, address.replace("s3:", "s3a:") + "/", recurse=True)) == ["one", "two"]


def test_what_is_not_there_gives_a_frame_without_columns(glue, bucket):
    frame = read(glue, "s3://{}/file_that_doesnt_exist".format(bucket))
    assert columns(frame) == [] and frame.count() == 0


def test_a_bucket_that_is_not_there_is_an_error(glue, dynamic, spark):
    with pytest.raises(Exception, match="NoSuchBucket"):
        read(glue, "s3://{}/a".format(uuid.uuid4()))
    with pytest.raises(Exception, match="NoSuchBucket"):
        dynamic(spark.range(1)).write("s3", {"path": "s3://{}/a".format(uuid.uuid4())}, "json")


def test_more_than_a_page_of_objects_and_a_file_of_several_parts(bucket, tmp_path):
    many = [(str(tmp_path / str(number)), "{:04d}".format(number)) for number in range(1100)]
    for file, _ in many:
        open(file, "w").close()
    large = tmp_path / "large"
    large.write_bytes(os.urandom(9 * 1024 * 1024))
    content = large.read_bytes()
    s3.deliver(many + [(str(large), "large")], "s3://{}/many".format(bucket))
    assert len(s3.files_at("s3://{}/many/".format(bucket), False)) == 1101
    assert os.listdir(str(tmp_path)) == []
    s3.bring([("s3://{}/many/large".format(bucket), str(tmp_path / "back"))])
    assert (tmp_path / "back").read_bytes() == content
