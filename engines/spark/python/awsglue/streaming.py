"""Micro batches. Source: Glue developer guide, "GlueContext class", forEachBatch.

The limits of the options and the waits between attempts are those of Glue's own library.
"""

import time

from pyspark import StorageLevel

from awsglue.missing import not_in_stand_in

_OPTIONS = ("windowSize", "checkpointLocation", "persistDataFrame", "storageLevel", "batchMaxRetries")
# Seconds before the second attempt, the third, and each further one.
_WAITS = (1, 2, 5)


def for_each_batch(frame, batch_function, options, sleep=time.sleep):
    """Calls `batch_function(data_frame, batch_id)` for each micro batch of a streaming DataFrame, until the query ends.

    Options: `windowSize` (as '10 seconds') and `checkpointLocation` are required; `persistDataFrame` (true),
    `storageLevel` ('MEMORY_AND_DISK') and `batchMaxRetries` (3, from 0 to 100) are not.
    A batch without rows is skipped. One that fails is tried again, after 1, 2, 5, 5, ... seconds.
    """
    settings = _settings(options)

    def run(batch, batch_id):
        run_batch(batch, batch_id, batch_function, settings, sleep)

    query = (
        frame.writeStream.foreachBatch(run)
        .trigger(processingTime=settings["windowSize"])
        .option("checkpointLocation", settings["checkpointLocation"])
        .start()
    )
    query.awaitTermination()


def run_batch(batch, batch_id, batch_function, settings, sleep):
    """Calls the function on one batch, again when it fails."""
    if settings["storageLevel"] is not None:
        batch.persist(settings["storageLevel"])
    try:
        if batch.head(1):
            _attempt(lambda: batch_function(batch, batch_id), settings["batchMaxRetries"], sleep)
    finally:
        if settings["storageLevel"] is not None:
            batch.unpersist()


def _attempt(action, retries, sleep):
    for number in range(retries):
        try:
            return action()
        except Exception as error:
            wait = _WAITS[min(number, len(_WAITS) - 1)]
            print("The batch failed: {}. It is tried again in {} s.".format(error, wait))
            sleep(wait)
    return action()


def _settings(options):
    for name in ("windowSize", "checkpointLocation"):
        if not options.get(name):
            raise ValueError("forEachBatch needs the option {!r}".format(name))
    for name in options:
        if name not in _OPTIONS:
            raise not_in_stand_in("The option {!r} of forEachBatch".format(name), "options are " + ", ".join(_OPTIONS))
    if str(options["checkpointLocation"]).startswith(("s3:", "s3a:", "s3n:")):
        raise not_in_stand_in("A checkpointLocation in S3", "Spark has no file system for S3 here; give a local folder")
    return {
        "windowSize": options["windowSize"],
        "checkpointLocation": options["checkpointLocation"],
        "storageLevel": _storage_level(options),
        "batchMaxRetries": _retries(options.get("batchMaxRetries", 3)),
    }


def _retries(value):
    if not str(value).isdigit() or int(value) > 100:
        raise ValueError("batchMaxRetries is a whole number from 0 to 100, not {!r}".format(value))
    return int(value)


def _storage_level(options):
    if str(options.get("persistDataFrame", True)).lower() != "true":
        return None
    name = options.get("storageLevel", "MEMORY_AND_DISK")
    level = getattr(StorageLevel, str(name).upper(), None)
    if not isinstance(level, StorageLevel):
        raise ValueError("{!r} is no storage level of Spark".format(name))
    return level
