"""A request to the registry of ECR, read and answered as a stream."""

import json
import os
import re
from urllib.parse import parse_qs

# With it the gateway says that a request is one for the registry, and what stood before the repository in its path.
PREFIX_HEADER = b"x-headgate-registry-prefix"
ACCOUNT_HEADER = "x-headgate-account"
CHUNK = 256 * 1024


class Request:
    """One request, with the means to read and answer it."""

    def __init__(self, scope, receive, send):
        self.method, self.path = scope["method"], scope["path"]
        self.query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
        self.headers = {key.decode(): value.decode("latin-1") for key, value in scope["headers"]}
        self.prefix = self.headers.get(PREFIX_HEADER.decode(), "")
        self.caller = None
        self._receive, self._send = receive, send

    async def chunks(self):
        """The body. Raises ConnectionError when the client goes away before its end."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ConnectionError
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]

    async def answer(self, status, headers=None, body=b""):
        common = {"docker-distribution-api-version": "registry/2.0", "content-length": str(len(body))}
        await self.start(status, {**common, **(headers or {})})
        await self._send({"type": "http.response.body", "body": b"" if self.method == "HEAD" else body})

    async def start(self, status, headers):
        if self.caller is not None:
            headers = {**headers, ACCOUNT_HEADER: self.caller}
        encoded = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": encoded})

    async def send(self, chunk, more):
        await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def json(self, status, document, headers=None):
        content = json.dumps(document).encode()
        await self.answer(status, {"content-type": "application/json; charset=utf-8", **(headers or {})}, content)

    async def refuse(self, status, code, message, headers=None):
        await self.json(status, {"errors": [{"code": code, "message": message}]}, headers)

    def address(self, name, rest):
        """An address for the client: with account and Region where it put them into the path."""
        return f"/v2/{self.prefix}{name}/{rest}"


async def send_file(request, path, headers):
    if not os.path.exists(path):
        return await request.answer(404, {"content-type": "text/plain"}, b"NoSuchKey\n")
    size = os.path.getsize(path)
    first, last, status = 0, size - 1, 200
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if asked is not None:
        first, last, status = int(asked[1]), min(int(asked[2] or last), last), 206
        if first > last:
            return await request.answer(416, {"content-range": f"bytes */{size}"})
        headers = {**headers, "content-range": f"bytes {first}-{last}/{size}"}
    left = last - first + 1
    await request.start(status, {**headers, "content-length": str(left), "accept-ranges": "bytes"})
    with open(path, "rb") as file:
        file.seek(first)
        while left > 0 and request.method != "HEAD":
            chunk = file.read(min(CHUNK, left))
            left -= len(chunk)
            await request.send(chunk, left > 0)
            if not chunk:
                return None
    if size == 0 or request.method == "HEAD":
        await request.send(b"", False)
    return None
