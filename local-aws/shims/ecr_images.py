"""Images of ECR repositories: what may be pushed, tagged and deleted.

Images stay in ministack's own list, so that all of its operations see the same ones. The API (``ecr_images_api``) and
the registry (``ecr_registry``) come here with what they are asked for.
"""

import json
import time

from ministack.core.responses import get_account_id
from ministack.services import ecr

from . import ecr_layers, ecr_repositories

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)

_pushed = 0


class Refused(Exception):
    """ECR does not take something. ``code`` is the API's, ``registry`` status and code of the registry."""

    def __init__(self, code, message, registry=(400, "MANIFEST_INVALID")):
        super().__init__(message)
        self.code, self.message, self.registry = code, message, registry


def repository(name):
    if name not in ecr._repositories:
        raise Refused(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{get_account_id()}'",
            (404, "NAME_UNKNOWN"),
        )
    return ecr._repositories[name]


def images_of(name):
    if name not in ecr._images:
        ecr._images[name] = []
    return ecr._images[name]


def find(name, digest=None, tag=None):
    for image in images_of(name):
        if (digest is None or image["imageDigest"] == digest) and (tag is None or tag in image["imageTags"]):
            return image
    return None


def put(name, manifest, media_type=None, tag=None, digest=None):
    """Push a manifest (a text). Gives the image, and whether anything has changed."""
    global _pushed
    settings, document = repository(name), parse(manifest)
    actual = ecr._image_digest(manifest)
    if digest not in (None, actual):
        raise Refused(
            "ImageDigestDoesNotMatchException",
            f"The image with digest '{digest}' in repository '{name}' and registry ID '{get_account_id()}' does not "
            "match the image digest that Amazon ECR has calculated.",
        )
    holder = find(name, tag=tag) if tag else None
    if holder is not None and ecr_repositories.is_immutable(settings, tag):
        raise Refused(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the "
            "tag is immutable.",
            (400, "TAG_INVALID"),
        )
    image = find(name, digest=actual)
    if image is not None and (tag is None or image is holder):
        return image, False
    media_type = media_type or document.get("mediaType") or ecr._DEFAULT_MANIFEST_MEDIA_TYPE
    require_parts(name, document, media_type)
    if holder is not None:
        holder["imageTags"].remove(tag)
    if image is None:
        _pushed += 1
        image = {
            "imageDigest": actual,
            "imageManifest": manifest,
            "imageManifestMediaType": media_type,
            "imageTags": [],
            "imagePushedAt": int(time.time()),
            "order": _pushed,
        }
        images_of(name).append(image)
    if tag:
        image["imageTags"].append(tag)
    return image, True


def parse(manifest):
    try:
        document = json.loads(manifest)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refused("InvalidParameterException", "Invalid parameter at 'ImageManifest': Manifest is not valid JSON")
    return document


def require_parts(name, document, media_type):
    """What a manifest lists must be there."""
    where = f"in the registry with id '{get_account_id()}'"
    unknown = (404, "MANIFEST_BLOB_UNKNOWN")
    if media_type in INDEX_TYPES:
        missing = [digest for digest in children(document) if find(name, digest=digest) is None]
        if missing:
            raise Refused(
                "ReferencedImagesNotFoundException",
                f"Images with digests '[{', '.join(missing)}]' required for pushing image into repository with name "
                f"'{name}' {where} do not exist",
                unknown,
            )
        return
    parts = [part for part in [document.get("config"), *document.get("layers", [])] if isinstance(part, dict)]
    # A layer with addresses of its own is not in the registry (image-spec, layer.md, "Non-distributable layers").
    digests = [part["digest"] for part in parts if "digest" in part and not part.get("urls")]
    missing = [digest for digest in digests if ecr_layers.size(name, digest) is None]
    if missing:
        raise Refused(
            "LayersNotFoundException",
            f"Layers with digests '[{', '.join(missing)}]' required for pushing image into repository with name "
            f"'{name}' {where} do not exist",
            unknown,
        )


def children(document):
    entries = document.get("manifests") or []
    return [entry["digest"] for entry in entries if isinstance(entry, dict) and "digest" in entry]


def delete(name, digest=None, tag=None):
    """Delete an image, or a tag, and the image with its last tag. Gives the image ids that are gone.

    An image that an index lists stays, and so does its last tag (aws/containers-roadmap #1567)."""
    if digest is None and tag is None:
        raise Refused("MissingDigestAndTag", "Invalid request parameters: both tag and digest are missing")
    image = find(name, digest=digest, tag=tag)
    if image is None:
        if digest is not None and tag is not None and find(name, digest=digest) and find(name, tag=tag):
            raise Refused("ImageTagDoesNotMatchDigest", "Image tag does not match the digest")
        raise Refused("ImageNotFound", "Requested image not found", (404, "MANIFEST_UNKNOWN"))
    if tag is not None and len(image["imageTags"]) > 1:
        image["imageTags"].remove(tag)
        return [{"imageDigest": image["imageDigest"], "imageTag": tag}]
    lists = [
        other["imageDigest"]
        for other in images_of(name)
        if other["imageManifestMediaType"] in INDEX_TYPES
        and image["imageDigest"] in children(json.loads(other["imageManifest"]))
    ]
    if lists:
        raise Refused(
            "ImageReferencedByManifestList", f"Requested image referenced by manifest list: [{', '.join(lists)}]"
        )
    images_of(name).remove(image)
    return image_ids(image)


def image_ids(image):
    """One id for each tag, or one without."""
    digest = {"imageDigest": image["imageDigest"]}
    return [{**digest, "imageTag": tag} for tag in sorted(image["imageTags"])] or [digest]
