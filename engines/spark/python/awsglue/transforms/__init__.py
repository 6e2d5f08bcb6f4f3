"""Transforms as classes: `SelectFields.apply(frame=..., paths=[...])`.

Source: Glue developer guide, "PySpark transforms". Each calls the method of DynamicFrame that does the work.
"""

from awsglue.transforms.collections import MapToCollection, SelectFromCollection
from awsglue.transforms.fields import (
    ApplyMapping,
    DropFields,
    DropNullFields,
    RenameField,
    ResolveChoice,
    SelectFields,
    SplitFields,
)
from awsglue.transforms.missing import (
    ErrorsAsDynamicFrame,
    FillMissingValues,
    FindIncrementalMatches,
    FindMatches,
    FlatMap,
    Relationalize,
    Unbox,
    UnnestFrame,
)
from awsglue.transforms.rows import Filter, Join, Map, Spigot, SplitRows
from awsglue.transforms.transform import GlueTransform

__all__ = [
    "ApplyMapping",
    "DropFields",
    "DropNullFields",
    "ErrorsAsDynamicFrame",
    "FillMissingValues",
    "Filter",
    "FindIncrementalMatches",
    "FindMatches",
    "FlatMap",
    "GlueTransform",
    "Join",
    "Map",
    "MapToCollection",
    "Relationalize",
    "RenameField",
    "ResolveChoice",
    "SelectFields",
    "SelectFromCollection",
    "Spigot",
    "SplitFields",
    "SplitRows",
    "Unbox",
    "UnnestFrame",
]
