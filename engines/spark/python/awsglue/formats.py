"""Formats and their options, as Spark's reader and writer take them.

Source: Glue developer guide, "Data format options for inputs and outputs in AWS Glue for Spark", with its pages on the
CSV, JSON and Parquet formats.
"""

from awsglue.missing import not_in_stand_in

_SPARK_FORMATS = {"csv": "csv", "json": "json", "parquet": "parquet", "glueparquet": "parquet"}


def load(spark, format, options, folder):
    """Reads the files of a folder as a DataFrame.

    CSV columns are strings, as on Glue; without a header they are called col0, col1, ...
    """
    kind = _spark_format(format)
    if kind == "csv":
        return _load_csv(spark, options, folder)
    if kind == "json":
        taken = _known("json", "read", options, "multiLine", "multiline", "optimizePerformance")
        multi_line = taken.get("multiLine", taken.get("multiline", False))
        return spark.read.json(folder, multiLine=_flag("multiLine", multi_line))
    _known("parquet", "read", options)
    return spark.read.parquet(folder)


def save(dataframe, format, options, partition_keys, compression, folder):
    """Writes a DataFrame into a new folder; `compression` is that of the connection options, or None."""
    kind = _spark_format(format)
    settings = {"csv": _csv_output, "json": _json_output, "parquet": _parquet_output}[kind](options)
    if compression:
        settings["compression"] = compression
    dataframe.write.partitionBy(*partition_keys).format(kind).options(**settings).save(folder)


def _load_csv(spark, options, folder):
    taken = _known(
        "csv",
        "read",
        options,
        "separator",
        "escaper",
        "quoteChar",
        "multiLine",
        "multiline",
        "withHeader",
        "skipFirst",
        "optimizePerformance",
    )
    with_header = _flag("withHeader", taken.get("withHeader", False))
    skip_first = _flag("skipFirst", taken.get("skipFirst", False))
    if with_header and skip_first:
        raise not_in_stand_in("Reading csv with both withHeader and skipFirst")
    frame = spark.read.csv(
        folder,
        sep=taken.get("separator", ","),
        quote=_quote(taken),
        # Without an escape character a quote inside quotes is written twice (RFC 4180), which Spark reads so.
        escape=taken.get("escaper") or _quote(taken) or "\u0000",
        header=with_header or skip_first,
        multiLine=_flag("multiLine", taken.get("multiLine", taken.get("multiline", False))),
    )
    return frame if with_header else frame.toDF(*["col{}".format(number) for number in range(len(frame.columns))])


def _csv_output(options):
    taken = _known("csv", "write", options, "separator", "quoteChar", "writeHeader")
    if taken.get("quoteChar") in (-1, "-1"):
        raise not_in_stand_in("Writing csv with quoteChar -1", "Spark cannot write a separator inside a value then")
    quote = _quote(taken)
    return {
        "sep": taken.get("separator", ","),
        "quote": quote,
        "escape": quote,
        "header": _flag("writeHeader", taken.get("writeHeader", True)),
    }


def _json_output(options):
    _known("json", "write", options)
    return {}


def _parquet_output(options):
    taken = _known("parquet", "write", options, "compression", "blockSize", "pageSize", "useGlueParquetWriter")
    names = {"compression": "compression", "blockSize": "parquet.block.size", "pageSize": "parquet.page.size"}
    return {names[name]: str(value) for name, value in taken.items() if name in names}


def _spark_format(format):
    if format not in _SPARK_FORMATS:
        raise not_in_stand_in("The format {!r}".format(format), "formats are {}".format(", ".join(_SPARK_FORMATS)))
    return _SPARK_FORMATS[format]


def _known(format, action, options, *names):
    """Gives the options, or refuses the first that is not in `names`."""
    for name in options:
        if name not in names:
            known = ", ".join(names) or "none"
            raise not_in_stand_in(
                "The format option {!r} of {}, to {},".format(name, format, action), "options are " + known
            )
    return options


def _flag(name, value):
    if str(value).lower() not in ("true", "false"):
        raise ValueError("{} is a boolean, not {!r}".format(name, value))
    return str(value).lower() == "true"


def _quote(options):
    value = options.get("quoteChar", '"')
    return "" if value in (-1, "-1") else value
