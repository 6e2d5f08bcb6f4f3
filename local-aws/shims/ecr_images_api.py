"""The operations of ECR's API on images.

ministack takes an index whose images are missing, moves immutable tags to the same image, deletes an image when one
of several tags is deleted, forgets that an index needs an image, gives one entry to an image with several tags, and
has no pages.
"""

import base64
import json

from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.services import ecr

from .ecr_images import Refused, children, delete, find, image_ids, images_of, put, repository

# ECR API reference, ListImages and DescribeImages: "maxResults".
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000


def apply():
    ecr._put_image = api(put_image)
    ecr._batch_get_image = api(batch_get_image)
    ecr._batch_delete_image = api(batch_delete_image)
    ecr._list_images = api(list_images)
    ecr._describe_images = api(describe_images)


def api(operation):
    """An API operation on a repository that exists. Its refusals become answers."""

    def answer(data):
        try:
            name = data.get("repositoryName", "")
            repository(name)
            return json_response(operation(name, data))
        except Refused as refused:
            return error_response_json(refused.code, refused.message, 400)

    return answer


def put_image(name, data):
    tag = data.get("imageTag")
    image, changed = put(
        name, data.get("imageManifest", ""), data.get("imageManifestMediaType"), tag, data.get("imageDigest")
    )
    if not changed:
        tagged = f" and tag '{tag}'" if tag else ""
        raise Refused(
            "ImageAlreadyExistsException",
            f"Image with digest '{image['imageDigest']}'{tagged} already exists in the repository with name '{name}' "
            f"in registry with id '{get_account_id()}'",
        )
    image_id = {"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})}
    return {"image": shape(name, image, image_id)}


def shape(name, image, image_id):
    return {
        "registryId": get_account_id(),
        "repositoryName": name,
        "imageId": image_id,
        "imageManifest": image["imageManifest"],
        "imageManifestMediaType": image["imageManifestMediaType"],
    }


def each(data, work):
    """Do something with each image id; gives what came out and the failures."""
    done, failures = [], []
    for asked in data.get("imageIds", []):
        try:
            done.extend(work(asked.get("imageDigest"), asked.get("imageTag")))
        except Refused as refused:
            failures.append({"imageId": asked, "failureCode": refused.code, "failureReason": refused.message})
    return done, failures


def batch_get_image(name, data):
    def get(digest, tag):
        image = find(name, digest=digest, tag=tag) if digest or tag else None
        if image is None:
            raise Refused("ImageNotFound", "Requested image not found")
        return [shape(name, image, {"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})})]

    images, failures = each(data, get)
    return {"images": images, "failures": failures}


def batch_delete_image(name, data):
    ids, failures = each(data, lambda digest, tag: delete(name, digest, tag))
    return {"imageIds": ids, "failures": failures}


def list_images(name, data):
    images = wanted(name, data)
    entries = [((image["order"], n), image_id) for image in images for n, image_id in enumerate(image_ids(image))]
    found, token = page(entries, data)
    return {"imageIds": found, **token}


def describe_images(name, data):
    asked = data.get("imageIds")
    if asked:
        images = [found_or_refused(name, one) for one in asked]
        return {"imageDetails": [details(name, image) for image in images]}
    found, token = page([((image["order"], 0), image) for image in wanted(name, data)], data)
    return {"imageDetails": [details(name, image) for image in found], **token}


def wanted(name, data):
    status = (data.get("filter") or {}).get("tagStatus", "ANY")
    return [image for image in images_of(name) if status == "ANY" or bool(image["imageTags"]) == (status == "TAGGED")]


def page(entries, data):
    """A part of entries with positions, and the token for the next one. A token is a position, so that what is deleted
    between two pages makes none be passed over."""
    after = tuple(json.loads(base64.b64decode(data["nextToken"]))) if data.get("nextToken") else (0, -1)
    most = min(data.get("maxResults") or DEFAULT_PAGE, LARGEST_PAGE)
    rest = sorted((entry for entry in entries if entry[0] > after), key=lambda entry: entry[0])
    token = {"nextToken": base64.b64encode(json.dumps(rest[most - 1][0]).encode()).decode()} if len(rest) > most else {}
    return [value for _, value in rest[:most]], token


def found_or_refused(name, asked):
    digest, tag = asked.get("imageDigest"), asked.get("imageTag")
    image = find(name, digest=digest, tag=tag) if digest or tag else None
    if image is None:
        shown = ", ".join(f"{key}:'{asked.get(key, 'null')}'" for key in ("imageDigest", "imageTag"))
        raise Refused(
            "ImageNotFoundException",
            f"The image with imageId {{{shown}}} does not exist within the repository with name '{name}' in the "
            f"registry with id '{get_account_id()}'",
        )
    return image


def details(name, image):
    document = json.loads(image["imageManifest"])
    artifact = document.get("artifactType") or (document.get("config") or {}).get("mediaType")
    return {
        "registryId": get_account_id(),
        "repositoryName": name,
        "imageDigest": image["imageDigest"],
        **({"imageTags": sorted(image["imageTags"])} if image["imageTags"] else {}),
        "imageSizeInBytes": size_of(name, document),
        "imagePushedAt": image["imagePushedAt"],
        "imageManifestMediaType": image["imageManifestMediaType"],
        **({"artifactMediaType": artifact} if artifact else {}),
    }


def size_of(name, document):
    """Of an index it is that of its largest image (ECR API reference, ImageDetail)."""
    listed = [find(name, digest=digest) for digest in children(document)]
    if listed:
        return max(size_of(name, json.loads(image["imageManifest"])) for image in listed if image is not None)
    parts = [document.get("config") or {}, *document.get("layers", [])]
    return sum(part.get("size", 0) for part in parts)
