"""Objects of S3, by addresses like s3://bucket/folder/. The AWS SDK finds its credentials, Region and endpoint."""

import os
import posixpath
import re
from concurrent.futures import ThreadPoolExecutor

THREADS = 8
_ADDRESS = re.compile(r"s3[an]?://([^/]+)/?(.*)", re.DOTALL)


def is_location(path):
    return _ADDRESS.fullmatch(path) is not None


def files_at(location, recurse):
    """Lists the address of the object at a location, or of those under it as a folder; hidden ones are left out."""
    bucket, key = _parts(location)
    folder = key.rstrip("/") + "/" if key else ""
    found = []
    for page in _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key.rstrip("/")):
        for entry in page.get("Contents", []):
            name = entry["Key"]
            if name == key or (name.startswith(folder) and _is_read(name[len(folder) :], recurse)):
                found.append("s3://{}/{}".format(bucket, name))
    return found


def bring(files):
    """Downloads objects to where Spark reads them: pairs of an address and its place there, several at a time."""
    client, transfer = _client(), _transfer()

    def download(source, target):
        bucket, key = _parts(source)
        client.download_file(bucket, key, target, Config=transfer)

    _for_each(download, files)


def deliver(files, location):
    """Uploads pairs of a file and a relative name under a folder, several at a time, and removes the local files.

    A file goes up in parts, so that the memory does not grow with its size.
    """
    bucket, folder = _parts(location)
    client, transfer = _client(), _transfer()

    def upload(file, relative):
        client.upload_file(file, bucket, posixpath.join(folder, relative), Config=transfer)
        os.remove(file)

    _for_each(upload, files)


def _for_each(action, pairs):
    with ThreadPoolExecutor(THREADS) as threads:
        # Asking for the results raises the first error.
        for _ in threads.map(lambda pair: action(*pair), pairs):
            pass


def _is_read(relative, recurse):
    parts = relative.split("/")
    return parts[-1] != "" and (recurse or len(parts) == 1) and not any(part.startswith(("_", ".")) for part in parts)


def _parts(location):
    return _ADDRESS.fullmatch(location).groups()


def _client():
    # Only who has an address of S3 needs the SDK.
    import boto3

    return boto3.client("s3")


def _transfer():
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(use_threads=False)
