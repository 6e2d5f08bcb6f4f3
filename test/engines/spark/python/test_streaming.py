import os

import pytest
from awsglue.streaming import for_each_batch


class Enough(Exception):
    """Ends a query that would run on."""


def stream(spark, folder, *batches):
    """One file a batch."""
    for number, lines in enumerate(batches):
        file = folder / "{}.json".format(number)
        file.write_text(lines)
        # Spark takes the files by their age.
        os.utime(str(file), (1000 + number, 1000 + number))
    return spark.readStream.schema("a int").option("maxFilesPerTrigger", 1).json(str(folder))


def options(tmp_path, **more):
    return dict({"windowSize": "1 milliseconds", "checkpointLocation": str(tmp_path / "checkpoint")}, **more)


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


def test_the_function_gets_each_batch_with_rows_persisted(glue, spark, source, tmp_path):
    seen = []

    def process(batch, batch_id):
        seen.append((batch_id, batch.storageLevel.useMemory, [row.a for row in batch.collect()]))
        if len(seen) == 2:
            raise Enough("enough")

    frame = stream(spark, source, '{"a": 1}\n{"a": 2}', "", '{"a": 3}')
    with pytest.raises(Exception, match="enough"):
        glue.forEachBatch(frame, process, options(tmp_path, batchMaxRetries=0))
    assert [(persisted, sorted(rows)) for _, persisted, rows in seen] == [(True, [1, 2]), (True, [3])]
    # The file without rows was a batch, and the function did not see it.
    assert [batch_id for batch_id, _, _ in seen] == [0, 2]
    assert os.path.isdir(str(tmp_path / "checkpoint"))


def test_a_batch_is_tried_again_after_1_2_and_5_seconds(spark, source, tmp_path, capsys):
    calls, waits = [], []

    def fail(batch, batch_id):
        calls.append(batch.storageLevel.useMemory)
        raise Enough("attempt {}".format(len(calls)))

    settings = options(tmp_path, batchMaxRetries=5, persistDataFrame="false")
    with pytest.raises(Exception, match="attempt 6"):
        for_each_batch(stream(spark, source, '{"a": 1}'), fail, settings, sleep=waits.append)
    assert (calls, waits) == ([False] * 6, [1, 2, 5, 5, 5])
    assert "The batch failed: attempt 1. It is tried again in 1 s." in capsys.readouterr().out


def test_three_retries_are_the_default_and_success_ends_them(spark, source, tmp_path):
    calls, waits = [], []

    def fail(batch, batch_id):
        calls.append([row.a for row in batch.collect()])
        if calls[-1] == [2] or len(calls) < 3:
            raise Enough("again")

    frame = stream(spark, source, '{"a": 1}', '{"a": 2}')
    with pytest.raises(Exception, match="again"):
        for_each_batch(frame, fail, options(tmp_path), sleep=waits.append)
    assert calls == [[1]] * 3 + [[2]] * 4
    assert waits == [1, 2, 1, 2, 5]


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"windowSize": None}, ValueError, "forEachBatch needs the option 'windowSize'"),
        ({"checkpointLocation": ""}, ValueError, "forEachBatch needs the option 'checkpointLocation'"),
        ({"batchMaxRetries": 101}, ValueError, "batchMaxRetries is a whole number from 0 to 100, not 101"),
        ({"batchMaxRetries": "-1"}, ValueError, "batchMaxRetries is a whole number from 0 to 100, not '-1'"),
        ({"storageLevel": "TAPE"}, ValueError, "'TAPE' is no storage level of Spark"),
        ({"window": "1 s"}, NotImplementedError, "The option 'window' of forEachBatch is not in"),
        ({"checkpointLocation": "s3://b/c"}, NotImplementedError, "A checkpointLocation in S3 is not in"),
    ],
)
def test_options_are_checked_before_anything_runs(glue, spark, source, tmp_path, change, error, message):
    with pytest.raises(error, match=message):
        glue.forEachBatch(stream(spark, source), None, options(tmp_path, **change))
