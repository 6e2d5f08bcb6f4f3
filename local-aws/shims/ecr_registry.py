"""The registry of ECR: what Docker, buildah, skopeo and crane speak to.

ministack's own takes every login, holds layers in memory, and differs from ECR as ``ecr_images`` says. This one
streams to and from files, and shares images with the API. Source: OCI distribution specification 1.1; messages and
statuses as ECR's users report them.
"""

import hmac
import json
import os
import re
from urllib.parse import quote

from ministack.core.responses import set_request_account_id, set_request_region

from . import ecr_images, ecr_layers, ecr_tokens
from .ecr_images import Refused
from .ecr_images_api import DEFAULT_PAGE, LARGEST_PAGE
from .ecr_request import Request, send_file

HOST = re.compile(r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.")
# The layers' own address; ECR has them in a bucket of S3, with addresses that are signed.
LAYERS = "/_headgate/ecr-layer/"
LARGEST_MANIFEST = 4 * 1024 * 1024

ROUTES = (
    (re.compile(r"/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)"), "manifest"),
    (re.compile(r"/v2/(?P<name>.+)/blobs/uploads/?"), "uploads"),
    (re.compile(r"/v2/(?P<name>.+)/blobs/uploads/(?P<reference>[^/]+)"), "upload"),
    (re.compile(r"/v2/(?P<name>.+)/blobs/(?P<reference>[^/]+)"), "blob"),
    (re.compile(r"/v2/(?P<name>.+)/tags/list"), "tags"),
    (re.compile(r"/v2/(?P<name>.+)/referrers/(?P<reference>[^/]+)"), "referrers"),
)


async def serve(scope, receive, send):
    request = Request(scope, receive, send)
    if request.path.startswith(LAYERS):
        return await send_signed_layer(request)
    host = HOST.match(request.headers.get("host", ""))
    if host is not None:
        set_request_account_id(host[1])
        set_request_region(host[2])
    elif request.path not in ("/v2", "/v2/"):
        message = "Name the registry: <account>.dkr.ecr.<region>.amazonaws.com, or <account>/<region>/<repository>"
        return await request.refuse(404, "NAME_UNKNOWN", message)
    try:
        if not await let_in(request, any_region=host is None):
            return None
        if request.path in ("/v2", "/v2/"):
            return await request.json(200, {})
        for route, kind in ROUTES:
            found = route.fullmatch(request.path)
            if found is not None:
                ecr_images.repository(found["name"])
                return await HANDLERS[kind](request, **found.groupdict())
        return await request.refuse(404, "UNSUPPORTED", "The registry has no such address.")
    except Refused as refused:
        return await request.refuse(*refused.registry, refused.message)
    except ConnectionError:
        return None


async def let_in(request, any_region):
    """Whether a token of GetAuthorizationToken was sent; otherwise says so."""
    request.caller, problem = ecr_tokens.read(request.headers.get("authorization"), any_region)
    if problem == "expired":
        await request.refuse(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
    elif problem is not None:
        realm = f'Basic realm="https://{request.headers.get("host", "")}/",service="ecr.amazonaws.com"'
        await request.answer(401, {"www-authenticate": realm, "content-type": "text/plain"}, b"Not Authorized\n")
    return problem is None


async def unsupported(request):
    await request.refuse(405, "UNSUPPORTED", "The operation is unsupported.")


async def manifest(request, name, reference):
    by_digest = {"digest": reference} if ":" in reference else {"tag": reference}
    if request.method == "PUT":
        return await put_manifest(request, name, by_digest)
    if request.method not in ("GET", "HEAD"):
        return await unsupported(request)
    image = ecr_images.find(name, **by_digest)
    if image is None:
        return await request.refuse(404, "MANIFEST_UNKNOWN", "Requested image not found")
    content = image["imageManifest"].encode()
    headers = {
        "content-type": image["imageManifestMediaType"],
        "docker-content-digest": image["imageDigest"],
        "content-length": str(len(content)),
    }
    return await request.answer(200, headers, content)


async def put_manifest(request, name, reference):
    content = b""
    async for chunk in request.chunks():
        content += chunk
        if len(content) > LARGEST_MANIFEST:
            return await request.refuse(413, "MANIFEST_INVALID", "The manifest is larger than 4 MiB")
    try:
        text = content.decode()
    except ValueError:
        return await request.refuse(400, "MANIFEST_INVALID", "The manifest is not UTF-8")
    image, _ = ecr_images.put(name, text, request.headers.get("content-type"), **reference)
    digest = image["imageDigest"]
    headers = {"location": request.address(name, f"manifests/{digest}"), "docker-content-digest": digest}
    subject = json.loads(text).get("subject")
    if isinstance(subject, dict):
        headers["oci-subject"] = str(subject.get("digest", ""))
    return await request.answer(201, headers)


async def uploads(request, name):
    if request.method != "POST":
        return await unsupported(request)
    async for _ in request.chunks():
        pass
    # A mount is answered as a new upload: ECR shares no layers between repositories unless the account asks for it.
    return await upload_state(request, name, ecr_layers.Upload(name), 202)


async def upload(request, name, reference):
    open_upload = ecr_layers.upload_of(name, reference)
    if open_upload is None:
        return await request.refuse(404, "BLOB_UPLOAD_UNKNOWN", f"The upload '{reference}' does not exist")
    if request.method == "GET":
        return await upload_state(request, name, open_upload, 204)
    if request.method == "DELETE":
        open_upload.cancel()
        return await request.answer(204)
    if request.method not in ("PATCH", "PUT"):
        return await unsupported(request)
    begins = re.match(r"(\d+)-", request.headers.get("content-range", ""))
    if begins is not None and int(begins[1]) != open_upload.size:
        return await upload_state(request, name, open_upload, 416)
    async for chunk in request.chunks():
        open_upload.add(chunk)
    if request.method == "PATCH":
        return await upload_state(request, name, open_upload, 202)
    digest = request.query.get("digest", "")
    if not open_upload.finish(digest):
        return await request.refuse(400, "DIGEST_INVALID", "The digest is not the one that was calculated")
    headers = {"location": request.address(name, f"blobs/{digest}"), "docker-content-digest": digest}
    return await request.answer(201, headers)


async def upload_state(request, name, open_upload, status):
    headers = {
        "location": request.address(name, f"blobs/uploads/{open_upload.id}"),
        "docker-upload-uuid": open_upload.id,
        "range": f"0-{max(open_upload.size - 1, 0)}",
    }
    await request.answer(status, headers)


async def blob(request, name, reference):
    if request.method not in ("GET", "HEAD"):
        return await unsupported(request)
    size = ecr_layers.size(name, reference)
    if size is None:
        return await request.refuse(404, "BLOB_UNKNOWN", f"The layer '{reference}' does not exist")
    common = {"docker-content-digest": reference, "content-type": "application/octet-stream"}
    if request.method == "HEAD":
        return await request.answer(200, {**common, "content-length": str(size)})
    if request.prefix:
        # The host would stay the same, and clients then send their login along, which S3 does not take.
        return await send_file(request, ecr_layers.path_of(name, reference), common)
    return await request.answer(307, {**common, "location": layer_url(name, reference)})


def layer_url(name, digest):
    path = os.path.relpath(ecr_layers.path_of(name, digest), ecr_layers.root())
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}{LAYERS}{path}?signature={ecr_tokens.sign(path, 0)}"


async def send_signed_layer(request):
    path = request.path[len(LAYERS) :]
    if not hmac.compare_digest(request.query.get("signature", ""), ecr_tokens.sign(path, 0)):
        return await request.answer(403, {"content-type": "text/plain"}, b"SignatureDoesNotMatch\n")
    if "authorization" in request.headers:
        # As S3 does (Amazon S3 API reference, "Error responses", InvalidArgument).
        return await request.answer(400, {"content-type": "text/plain"}, b"Only one auth mechanism allowed\n")
    return await send_file(request, os.path.join(ecr_layers.root(), path), {"content-type": "binary/octet-stream"})


async def tags(request, name):
    if request.method != "GET":
        return await unsupported(request)
    count = request.query.get("n", str(DEFAULT_PAGE))
    most = min(int(count), LARGEST_PAGE) if count.isdigit() and int(count) > 0 else 0
    if most == 0:
        return await request.refuse(400, "PAGINATION_NUMBER_INVALID", "'n' is not a number above 0")
    after = request.query.get("last", "")
    rest = sorted(tag for image in ecr_images.images_of(name) for tag in image["imageTags"] if tag > after)
    shown, headers = rest[:most], {}
    if len(rest) > most:
        headers["link"] = f'<{request.address(name, "tags/list")}?last={quote(shown[-1])}&n={most}>; rel="next"'
    return await request.json(200, {"name": name, "tags": shown}, headers)


async def referrers(request, name, reference):
    if request.method != "GET":
        return await unsupported(request)
    wanted = request.query.get("artifactType")
    found = [entry for image in ecr_images.images_of(name) if (entry := referrer(image, reference)) is not None]
    shown = [entry for entry in found if wanted in (None, entry.get("artifactType"))]
    index = {"schemaVersion": 2, "mediaType": ecr_images.INDEX_TYPES[0], "manifests": shown}
    headers = {"content-type": ecr_images.INDEX_TYPES[0], **({"oci-filters-applied": "artifactType"} if wanted else {})}
    return await request.json(200, index, headers)


def referrer(image, subject):
    """The descriptor of an image that refers to this one. Source: distribution-spec, "Listing Referrers"."""
    document = json.loads(image["imageManifest"])
    if (document.get("subject") or {}).get("digest") != subject:
        return None
    artifact = document.get("artifactType") or (document.get("config") or {}).get("mediaType")
    return {
        "mediaType": image["imageManifestMediaType"],
        "digest": image["imageDigest"],
        "size": len(image["imageManifest"].encode()),
        **({"artifactType": artifact} if artifact else {}),
        **({"annotations": document["annotations"]} if document.get("annotations") else {}),
    }


HANDLERS = {
    "manifest": manifest,
    "uploads": uploads,
    "upload": upload,
    "blob": blob,
    "tags": tags,
    "referrers": referrers,
}
