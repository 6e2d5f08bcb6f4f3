"""What Glue has and the stand-in has not: always an error, never something that only looks like it."""

README = "https://github.com/headgate-dev/headgate/blob/main/engines/spark/python/README.md"


def not_in_stand_in(what, reason=""):
    """Gives the error for a part of Glue that is missing here."""
    because = ": {}".format(reason) if reason else ""
    return NotImplementedError(
        "{} is not in Headgate's stand-in for awsglue{}. What it has, and what not: {}".format(what, because, README)
    )


def missing_method(what, reason=""):
    """Gives a method that raises the error for `what`."""

    def method(self, *args, **kwargs):
        raise not_in_stand_in(what, reason)

    method.__doc__ = "Not in the stand-in."
    return method
