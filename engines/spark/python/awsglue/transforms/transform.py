"""Source: Glue developer guide, "GlueTransform base class"."""

from awsglue.missing import not_in_stand_in


class GlueTransform(object):
    """What every transform is: an object that is called, and a class with `apply`, which makes one and calls it."""

    def __call__(self, *args, **kwargs):
        raise not_in_stand_in("The transform {}".format(self.name()))

    @classmethod
    def apply(cls, *args, **kwargs):
        """Applies the transform."""
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls):
        """Gives the transform's name."""
        return cls.__name__

    @classmethod
    def describe(cls):
        """Not in the stand-in."""
        raise not_in_stand_in("{}.describe".format(cls.__name__))

    describeArgs = describeReturn = describeTransform = describeErrors = describe
