"""Layers of ECR repositories, in files: memory does not grow with them.

ministack keeps layers in memory, and its layer operations of the API store nothing.
"""

import base64
import hashlib
import os
import shutil
import uuid

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecr

PART_SIZE = 20 * 1024 * 1024

# Uploads that are not finished, by id.
_uploads = {}


class Upload:
    """Bytes that come in order. They are hashed as they come, so that nothing is read again at the end."""

    def __init__(self, name):
        self.owner = place(name)
        self.id = str(uuid.uuid4())
        os.makedirs(self.owner, exist_ok=True)
        self.path = os.path.join(self.owner, f"upload-{self.id}")
        self.size = 0
        self.hash = hashlib.sha256()
        open(self.path, "wb").close()
        _uploads[self.id] = self

    def add(self, chunk):
        with open(self.path, "ab") as file:
            file.write(chunk)
        self.hash.update(chunk)
        self.size += len(chunk)

    def finish(self, digest):
        """Give the content its name; False when the digest is another one."""
        if f"sha256:{self.hash.hexdigest()}" != digest:
            return False
        os.replace(self.path, os.path.join(self.owner, digest[len("sha256:") :]))
        del _uploads[self.id]
        return True

    def cancel(self):
        _uploads.pop(self.id, None)
        os.remove(self.path)


def upload_of(name, upload_id):
    upload = _uploads.get(upload_id)
    return upload if upload is not None and upload.owner == place(name) else None


def root():
    return os.path.join(os.environ["HEADGATE_CHILD_DIRECTORY"], "ecr")


def place(name):
    """The directory of a repository. Each account has its own in each Region; a name may hold slashes."""
    return os.path.join(root(), get_account_id(), get_region(), hashlib.sha256(name.encode()).hexdigest())


def path_of(name, digest):
    digits = digest[len("sha256:") :]
    if not digest.startswith("sha256:") or len(digits) != 64 or not all(c in "0123456789abcdef" for c in digits):
        return None
    return os.path.join(place(name), digits)


def size(name, digest):
    """Bytes of a layer; None when there is none."""
    path = path_of(name, digest)
    return os.path.getsize(path) if path is not None and os.path.exists(path) else None


def forget(name):
    """Remove all layers and uploads of a repository."""
    gone = place(name)
    for upload_id in [key for key, upload in _uploads.items() if upload.owner == gone]:
        del _uploads[upload_id]
    shutil.rmtree(gone, ignore_errors=True)


def forget_all():
    _uploads.clear()
    shutil.rmtree(root(), ignore_errors=True)


def apply():
    # Not at the top: these modules need this one.
    from .ecr_images import Refused
    from .ecr_images_api import api
    from .ecr_registry import layer_url

    def check(name, data):
        layers, failures = [], []
        for digest in data.get("layerDigests", []):
            found = size(name, digest)
            available = "UNAVAILABLE" if found is None else "AVAILABLE"
            layers.append({"layerDigest": digest, "layerAvailability": available, "layerSize": found or 0})
        return {"layers": layers, "failures": failures}

    def initiate(name, _):
        return {"uploadId": Upload(name).id, "partSize": PART_SIZE}

    def open_upload(name, data):
        upload = upload_of(name, data.get("uploadId", ""))
        if upload is None:
            raise Refused("UploadNotFoundException", f"The upload '{data.get('uploadId')}' does not exist")
        return upload

    def part(name, data):
        upload = open_upload(name, data)
        if data.get("partFirstByte") != upload.size:
            raise Refused("InvalidLayerPartException", f"The part must begin at byte {upload.size}")
        upload.add(base64.b64decode(data.get("layerPartBlob", "")))
        return {**common(name, upload), "lastByteReceived": upload.size - 1}

    def complete(name, data):
        upload, digests = open_upload(name, data), data.get("layerDigests", [])
        if upload.size == 0:
            raise Refused("EmptyUploadException", "The upload holds nothing")
        if not digests or not upload.finish(digests[0]):
            raise Refused("InvalidLayerException", "The layer's digest is not the one that was calculated")
        return {**common(name, upload), "layerDigest": digests[0]}

    def download(name, data):
        digest = data.get("layerDigest", "")
        if size(name, digest) is None:
            raise Refused("LayersNotFoundException", f"The layer '{digest}' does not exist")
        return {"downloadUrl": layer_url(name, digest), "layerDigest": digest}

    def common(name, upload):
        return {"registryId": get_account_id(), "repositoryName": name, "uploadId": upload.id}

    ecr._batch_check_layer_availability = api(check)
    ecr._initiate_layer_upload = api(initiate)
    ecr._upload_layer_part = api(part)
    ecr._complete_layer_upload = api(complete)
    ecr._get_download_url_for_layer = api(download)
