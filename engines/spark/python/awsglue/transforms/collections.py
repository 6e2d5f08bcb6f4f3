"""Transforms of collections of frames."""

from awsglue.transforms.transform import GlueTransform


class SelectFromCollection(GlueTransform):
    def __call__(self, dfc, key, transformation_ctx=""):
        return dfc.select(key)


class MapToCollection(GlueTransform):
    """Applies a transform to each frame; `frame_name` is the name of the parameter that takes the frame."""

    def __call__(self, dfc, BaseTransform, frame_name, transformation_ctx="", **base_kwargs):
        return dfc.map(lambda frame, _: BaseTransform.apply(**dict(base_kwargs, **{frame_name: frame})))
