"""What a job's script does around its frames."""

import os

import pytest
from awsglue import DynamicFrame
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import GlueArgumentError, getResolvedOptions


def test_a_script_gets_the_session_of_a_job(glue, spark):
    assert glue.sparkSession is spark
    assert spark.sparkContext.master == os.environ.get("HEADGATE_SPARK_MASTER", "local[2]")
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.ui.enabled") == "false"
    assert spark.sparkContext.getConf().get("spark.driver.host") == "127.0.0.1"
    assert glue.sql("select timestamp_seconds(0) || ''").first()[0] == "1970-01-01 00:00:00"
    assert glue.get_logger().isWarnEnabled()


def test_tables_are_in_a_temporary_folder(spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spark.range(1).write.saveAsTable("kept_for_a_while")
    assert os.listdir(str(tmp_path)) == []
    spark.sql("drop table kept_for_a_while")


def test_another_context_on_the_same_spark_context_has_the_same_session(glue, spark):
    again = GlueContext.getOrCreate(spark.sparkContext)
    assert again.sparkSession.sparkContext is glue.sparkSession.sparkContext
    assert again.newSession().spark_session is not spark


def test_a_frame_knows_its_context_and_its_name(glue, people, capsys):
    frame = DynamicFrame.fromDF(people, glue, "people")
    assert (frame.name, frame.glue_ctx, frame.count()) == ("people", glue, 3)
    assert frame.toDF() is people and frame.schema() == people.schema
    assert frame.select_fields(["id"]).name == "people"
    assert (frame.errorsCount(), frame.stageErrorsCount(), frame.assertErrorThreshold()) == (0, 0, None)
    frame.select_fields(["id", "name"]).repartition(1).show(1)
    frame.printSchema()
    printed = capsys.readouterr().out
    assert printed.startswith('{"id":') and " |-- name: string" in printed


def test_a_transform_can_be_attached_to_the_class(glue, people):
    def first_only(self, field):
        return DynamicFrame.fromDF(self.toDF().select(field).limit(1), self.glue_ctx, self.name)

    DynamicFrame.first_only = first_only
    try:
        assert DynamicFrame.fromDF(people, glue, "x").select_fields(["id"]).first_only("id").count() == 1
    finally:
        del DynamicFrame.first_only


def test_a_job_is_begun_before_it_is_committed(glue):
    job = Job(glue)
    with pytest.raises(ValueError, match="commit\\(\\) was called before Job.init"):
        job.commit()
    job.init("demo", {"JOB_NAME": "demo"})
    assert job.isInitialized() and job.commit() is None


def test_arguments_are_read_in_both_forms_and_others_are_passed_over():
    argv = [
        "script.py",
        "--JOB_NAME",
        "demo",
        "--day=2021-09-01",
        "--other",
        "--enable-metrics",
        "--n",
        "-5",
        "--e",
        "",
    ]
    assert getResolvedOptions(argv, ["JOB_NAME", "day", "n", "e"]) == {
        "JOB_NAME": "demo",
        "day": "2021-09-01",
        "n": "-5",
        "e": "",
    }


def test_a_missing_argument_is_named_and_names_are_not_abbreviated():
    with pytest.raises(GlueArgumentError, match="these arguments are required: --JOB_NAME, --b"):
        getResolvedOptions(["script.py", "--JOB", "x", "--a", "1"], ["JOB_NAME", "a", "b"])
    with pytest.raises(GlueArgumentError, match="expected a value after --a"):
        getResolvedOptions(["script.py", "--a", "--b", "1"], ["a", "b"])


@pytest.mark.parametrize("member", os.environ.get("GLUE_DYNAMIC_FRAME_MEMBERS", "count").split())
def test_every_member_of_the_class_is_there_or_says_that_it_is_missing(glue, people, member):
    attribute = getattr(DynamicFrame.fromDF(people, glue, "x"), member)
    if getattr(attribute, "__doc__", None) == "Not in the stand-in.":
        with pytest.raises(NotImplementedError) as raised:
            attribute("any", argument=1)
        assert "DynamicFrame.{} is not in Headgate's stand-in for awsglue".format(member) in str(raised.value)
        assert "/engines/spark/python/README.md" in str(raised.value)


@pytest.mark.parametrize(
    "call, what",
    [
        (lambda glue: glue.create_dynamic_frame.from_catalog("db", "t"), "create_dynamic_frame.from_catalog"),
        (
            lambda glue: glue.create_dynamic_frame_from_catalog("db", "t"),
            "GlueContext.create_dynamic_frame_from_catalog",
        ),
        (lambda glue: glue.create_data_frame.from_catalog("db", "t"), "create_data_frame.from_catalog"),
        (lambda glue: glue.write_dynamic_frame.from_catalog(None, "db", "t"), "write_dynamic_frame.from_catalog"),
        (lambda glue: glue.purge_table("db", "t"), "GlueContext.purge_table"),
    ],
)
def test_there_is_no_data_catalog(glue, call, what):
    with pytest.raises(NotImplementedError, match="{} is not in .*: there is no Data Catalog".format(what)):
        call(glue)
