"""Transforms of the fields of a frame."""

from pyspark.sql.types import NullType, StructType

from awsglue.fields import quoted
from awsglue.transforms.transform import GlueTransform


class ApplyMapping(GlueTransform):
    def __call__(
        self,
        frame,
        mappings,
        case_sensitive=True,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.apply_mapping(mappings, case_sensitive)


class SelectFields(GlueTransform):
    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.select_fields(paths)


class DropFields(GlueTransform):
    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.drop_fields(paths)


class RenameField(GlueTransform):
    def __call__(self, frame, old_name, new_name, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.rename_field(old_name, new_name)


class SplitFields(GlueTransform):
    def __call__(
        self,
        frame,
        paths,
        name1=None,
        name2=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.split_fields(paths, name1 or frame.name + "1", name2 or frame.name + "2")


class ResolveChoice(GlueTransform):
    def __call__(
        self,
        frame,
        specs=None,
        choice="",
        database=None,
        table_name=None,
        transformation_ctx="",
        info="",
        stageThreshold=0,
        totalThreshold=0,
    ):
        return frame.resolveChoice(specs, choice, database, table_name)


class DropNullFields(GlueTransform):
    """Drops the fields of the type null, also in structs. A field that is null everywhere can have another type."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.drop_fields([quoted(names) for names in _null_fields(frame.schema())])


def _null_fields(struct):
    for field in struct.fields:
        if isinstance(field.dataType, NullType):
            yield (field.name,)
        elif isinstance(field.dataType, StructType):
            for names in _null_fields(field.dataType):
                yield (field.name,) + names
