"""Source: Glue developer guide, "DynamicFrameCollection class"."""

from awsglue.missing import missing_method


class DynamicFrameCollection(object):
    """Frames by name."""

    def __init__(self, dynamic_frames, glue_ctx):
        self._frames = dict(dynamic_frames)
        self.glue_ctx = glue_ctx

    def __getitem__(self, key):
        return self.select(key)

    def __len__(self):
        return len(self._frames)

    def keys(self):
        return list(self._frames)

    def values(self):
        return list(self._frames.values())

    def select(self, key):
        """Gives the frame of this name."""
        if key not in self._frames:
            raise KeyError("there is no frame {!r} in the collection, only: {}".format(key, ", ".join(self._frames)))
        return self._frames[key]

    def map(self, callable, transformation_ctx=""):
        """Gives a collection of what `callable(frame, transformation_ctx)` gives for each frame."""
        mapped = {key: callable(frame, transformation_ctx) for key, frame in self._frames.items()}
        return DynamicFrameCollection(mapped, self.glue_ctx)

    flatmap = missing_method("DynamicFrameCollection.flatmap")
