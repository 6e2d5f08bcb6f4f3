"""A stand-in for AWS Glue's Python library, on plain Spark in local mode. See ../README.md."""

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
