"""Source: Glue developer guide, "DynamicFrame class"."""

from awsglue import combining, fields, mapping, records
from awsglue.collection import DynamicFrameCollection
from awsglue.missing import missing_method, not_in_stand_in

__all__ = ["DynamicFrame", "DynamicFrameCollection"]


class DynamicFrame(object):
    """A Spark DataFrame with the methods of Glue's DynamicFrame. Every record has the DataFrame's schema.

    `transformation_ctx`, `info`, `stageThreshold` and `totalThreshold` are taken and not used: there are no bookmarks,
    and what cannot be worked on fails the job at once.
    """

    def __init__(self, dataframe, glue_ctx, name=""):
        self._dataframe = dataframe
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name):
        """Makes a DynamicFrame of a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options=None):
        """Gives the DataFrame."""
        if options:
            raise not_in_stand_in("DynamicFrame.toDF with options", "there are no choice types to resolve")
        return self._dataframe

    def count(self):
        return self._dataframe.count()

    def schema(self):
        """Gives the schema, as Spark's StructType."""
        return self._dataframe.schema

    def printSchema(self):
        self._dataframe.printSchema()

    def show(self, num_rows=20):
        """Prints records as JSON, one a line."""
        for record in self._dataframe.limit(num_rows).toJSON().collect():
            print(record)

    def getNumPartitions(self):
        return self._dataframe.rdd.getNumPartitions()

    def repartition(self, numPartitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(self._dataframe.repartition(numPartitions))

    def coalesce(self, numPartitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return self._with(self._dataframe.coalesce(numPartitions))

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Keeps the fields at `paths`; a path that is not there is passed over."""
        return self._with(fields.select(self._dataframe, fields.parse_paths(paths)))

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Removes the fields at `paths`; a path that is not there is passed over."""
        return self._with(fields.drop(self._dataframe, fields.parse_paths(paths)))

    def rename_field(self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Renames a field. Both names are full paths, in the same struct."""
        return self._with(fields.rename(self._dataframe, fields.parse_path(oldName), fields.parse_path(newName)))

    def apply_mapping(
        self, mappings, case_sensitive=True, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Keeps, renames and casts fields: `(source path, source type, target path, target type)` for each.

        Fields without a mapping are dropped, and so is a mapping whose source is not there. A value that cannot be cast
        becomes null.
        """
        if not case_sensitive:
            raise not_in_stand_in("DynamicFrame.apply_mapping with case_sensitive=False")
        return self._with(mapping.apply_mapping(self._dataframe, mappings))

    applyMapping = apply_mapping

    def resolveChoice(
        self,
        specs=None,
        choice="",
        database=None,
        table_name=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
        catalog_id=None,
    ):
        """Casts the fields that `specs` names with `cast:type`. Nothing else changes, as there are no choice types."""
        return self._with(mapping.resolve_choice(self._dataframe, specs, choice))

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Keeps the records for which `f(record)` is true."""
        return self._with(records.filter_records(self._dataframe, f))

    def map(self, f, preservesPartitioning=False, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Makes a frame of the records that `f(record)` gives. Its schema follows from them."""
        return self.mapPartitions(lambda partition: (f(record) for record in partition))

    def mapPartitions(
        self, f, preservesPartitioning=True, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Makes a frame of the records that `f(iterator of records)` gives for each partition."""
        return self._with(records.map_partitions(self.glue_ctx.spark_session, self._dataframe, f))

    def join(self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Joins where the keys are equal. A column of `frame2` whose name this frame has gets a period before it."""
        return self._with(combining.join(self._dataframe, frame2.toDF(), paths1, paths2))

    def union(self, other_frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Puts the records of both frames together, by the names of their fields."""
        return self._with(combining.union(self._dataframe, other_frame.toDF()))

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame,
        primary_keys,
        transformation_ctx="",
        options={},
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        """Replaces the records whose keys `stage_dynamic_frame` has by its own, and adds the rest of it."""
        return self._with(combining.merge(self._dataframe, stage_dynamic_frame.toDF(), primary_keys))

    def split_fields(self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Gives two frames: `name1` with the fields at `paths`, and `name2` with the others."""
        return self._two(name1, self.select_fields(paths).toDF(), name2, self.drop_fields(paths).toDF())

    def split_rows(
        self, comparison_dict, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0
    ):
        """Gives two frames: `name1` with the rows for which every comparison is true, and `name2` with the others.

        `{"age": {">": 10, "<": 20}}` compares the field `age` twice.
        """
        matching, others = combining.split_rows(self._dataframe, comparison_dict)
        return self._two(name1, matching, name2, others)

    def spigot(self, path, options={}, transformation_ctx=""):
        """Writes a sample as JSON to `path`, and gives this frame. `options`: `topk` (a number), `prob` (0 to 1)."""
        unknown = sorted(set(options) - {"topk", "prob"})
        if unknown:
            raise not_in_stand_in("DynamicFrame.spigot with the option {!r}".format(unknown[0]))
        sample = self._dataframe
        if "prob" in options:
            sample = sample.sample(float(options["prob"]))
        if "topk" in options:
            sample = sample.limit(int(options["topk"]))
        self._with(sample).write("s3", {"path": path}, "json")
        return self

    def write(self, connection_type, connection_options={}, format=None, format_options={}, accumulator_size=0):
        """Writes this frame as `glueContext.write_dynamic_frame.from_options` does."""
        return self.glue_ctx.write_dynamic_frame.from_options(
            self, connection_type, connection_options, format, format_options
        )

    def errorsCount(self):
        """Gives 0: there are no error records."""
        return 0

    def stageErrorsCount(self):
        """Gives 0: there are no error records."""
        return 0

    def assertErrorThreshold(self):
        """Does nothing: there are no error records."""

    errorsAsDynamicFrame = missing_method("DynamicFrame.errorsAsDynamicFrame", "there are no error records")
    flatmap = missing_method("DynamicFrame.flatmap")
    mapPartitionsWithIndex = missing_method("DynamicFrame.mapPartitionsWithIndex")
    relationalize = missing_method("DynamicFrame.relationalize")
    simplify_ddb_json = missing_method("DynamicFrame.simplify_ddb_json")
    unbox = missing_method("DynamicFrame.unbox")
    unnest = missing_method("DynamicFrame.unnest")
    unnest_ddb_json = missing_method("DynamicFrame.unnest_ddb_json")
    with_frame_schema = missing_method("DynamicFrame.with_frame_schema")

    def _with(self, dataframe):
        return DynamicFrame(dataframe, self.glue_ctx, self.name)

    def _two(self, name1, dataframe1, name2, dataframe2):
        frames = {
            name: DynamicFrame(one, self.glue_ctx, name) for name, one in ((name1, dataframe1), (name2, dataframe2))
        }
        return DynamicFrameCollection(frames, self.glue_ctx)
