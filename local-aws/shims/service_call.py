"""Calls of services that the gateway answers itself, made for a resource of a stack.

They go to the account and Region of the stack, which ministack keeps in context variables. The token tells the gateway
that they are no calls of a user. It is in no environment variable, because Lambda functions inherit those.
"""

import http.client
import json
import os
from urllib.parse import urlencode

from ministack.core.responses import get_account_id, get_region

_token = ""


class ServiceError(Exception):
    """An error that the service has answered."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def use(token):
    global _token
    _token = token


def call(service, method, path, query, body=None, target=None):
    """Give the answer as an object. Raises ServiceError when it is an error.

    ``target`` names the operation of a service that speaks JSON 1.1."""
    scope = f"{get_account_id()}/20260101/{get_region()}/{service}/aws4_request"
    headers = {
        "x-headgate-token": _token,
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/json",
    }
    if target:
        headers.update({"content-type": "application/x-amz-json-1.1", "x-amz-target": target})
    given = {name: value for name, value in query.items() if value is not None}
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["GATEWAY_PORT"]), timeout=60)
    try:
        connection.request(method, f"{path}?{urlencode(given)}", json.dumps(body or {}), headers)
        answer = connection.getresponse()
        content = json.loads(answer.read() or b"{}")
    finally:
        connection.close()
    if answer.status >= 400:
        raise ServiceError(answer.status, answer.headers.get("x-amzn-errortype", ""), content.get("message", ""))
    return content
