"""Files of a connection: from S3 or a local folder into a DataFrame, and back.

Spark has no file system for S3 here. So the files to read are brought together in a temporary folder, and written
files are made in one and then delivered. Source: Glue developer guide, "Amazon S3 connections".
"""

import os
import re

from pyspark.sql.types import StructType

from awsglue import formats, local, s3
from awsglue.missing import not_in_stand_in
from awsglue.scratch import scratch_folder, uri

_TYPES = ("s3", "file")
# These do not change what is read.
_WITHOUT_EFFECT = ("groupFiles", "groupSize", "useS3ListImplementation", "maxBand", "maxFilesInBand")
_EXTENSIONS = {"gzip": ".gz", "bzip2": ".bz2", "bzip": ".bz2"}


def read_files(spark, connection_type, connection_options, format, format_options):
    """Reads the files at `paths` of the connection options as a DataFrame; without any file it has no columns.

    The names of folders like `year=2024` give no columns: on Glue they do so for tables of the Data Catalog only.
    """
    _check("read", connection_type, connection_options, ("paths", "recurse", "compressionType") + _WITHOUT_EFFECT)
    if "paths" not in connection_options:
        raise ValueError("the connection option 'paths' is missing: a list of what to read")
    paths = connection_options["paths"]
    folder = scratch_folder("read")
    recurse = str(connection_options.get("recurse", False)).lower() == "true"
    extension = _extension(connection_options.get("compressionType"))
    count = 0
    for path in [paths] if isinstance(paths, str) else paths:
        place = _place_of(path)
        names = enumerate(place.files_at(path, recurse), count)
        files = [(source, os.path.join(folder, _file_name(number, source, extension))) for number, source in names]
        place.bring(files)
        count += len(files)
    if count == 0:
        return spark.createDataFrame([], StructType([]))
    return formats.load(spark, format, format_options, uri(folder))


def write_files(dataframe, connection_type, connection_options, format, format_options, transformation_ctx):
    """Adds the rows, as new files, to the folder `path` of the connection options. What is there stays there.

    A frame without columns, such as one read from where there is no file, writes nothing.
    """
    _check("write", connection_type, connection_options, ("path", "partitionKeys", "compression"))
    if "path" not in connection_options:
        raise ValueError("the connection option 'path' is missing: the folder to write to")
    if not dataframe.columns:
        return
    folder = os.path.join(scratch_folder("write"), "output")
    partition_keys = connection_options.get("partitionKeys") or []
    formats.save(dataframe, format, format_options, partition_keys, connection_options.get("compression"), uri(folder))
    path = connection_options["path"]
    files = [(file, _written_name(relative, transformation_ctx)) for file, relative in _written(folder)]
    _place_of(path).deliver(files, path)


def _place_of(path):
    return s3 if s3.is_location(path) else local


def _check(action, connection_type, options, names):
    if connection_type not in _TYPES:
        raise not_in_stand_in(
            "The connection type {!r}".format(connection_type), "types are {}".format(", ".join(_TYPES))
        )
    for name in options:
        if name not in names:
            raise not_in_stand_in(
                "The connection option {!r}, to {},".format(name, action), "options are {}".format(", ".join(names))
            )


def _extension(compression):
    if compression and compression not in _EXTENSIONS:
        raise not_in_stand_in(
            "The compressionType {!r}".format(compression), "types are {}".format(", ".join(_EXTENSIONS))
        )
    return _EXTENSIONS.get(compression, "")


def _file_name(number, source, extension):
    # Spark knows a compressed file by its name, and reads other characters of a path as a pattern.
    own = re.search(r"(?:\.[A-Za-z0-9]+)*$", os.path.basename(source)).group()
    return "{:06d}{}{}".format(number, own, "" if own.endswith(extension) else extension)


def _written(folder):
    """Lists Spark's data files: no markers, no checksums."""
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if not name.startswith(("_", ".")):
                file = os.path.join(parent, name)
                yield file, os.path.relpath(file, folder)


def _written_name(relative, transformation_ctx):
    """Makes Glue's kind of name, run-<context>-...-part-r-<task>, of Spark's part-<task>-<id>. The id stays unique."""
    parent, name = os.path.split(relative)
    task, job, rest = re.fullmatch(r"part-(\d+)-([0-9a-f-]{36})(?:[.-]c000)?(.*)", name).groups()
    run = "-".join(part for part in ("run", transformation_ctx, job) if part)
    return os.path.join(parent, "{}-part-r-{}{}".format(run, task, rest))
