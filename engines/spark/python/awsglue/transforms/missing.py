"""Transforms of Glue that the stand-in has not: they can be imported, and say so when they are applied."""

from awsglue.transforms.transform import GlueTransform


class ErrorsAsDynamicFrame(GlueTransform):
    pass


class FillMissingValues(GlueTransform):
    pass


class FindIncrementalMatches(GlueTransform):
    pass


class FindMatches(GlueTransform):
    pass


class FlatMap(GlueTransform):
    pass


class Relationalize(GlueTransform):
    pass


class Unbox(GlueTransform):
    pass


class UnnestFrame(GlueTransform):
    pass
