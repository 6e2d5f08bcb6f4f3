"""Logins of ECR: tokens that are told from made-up ones, for one Region, and that end.

ministack gives everybody the same word and takes any. The form of a token, the base64 of JSON with its end, is ECR's.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import ecr

# Seconds. Source: ECR API reference, GetAuthorizationToken: 12 hours.
LIFETIME = 12 * 3600
_key = secrets.token_bytes(32)
_lifetime = LIFETIME


def set_lifetime(seconds):
    """How many seconds new tokens last."""
    global _lifetime
    _lifetime = float(seconds)


def forget():
    set_lifetime(LIFETIME)


def apply():
    ecr._get_authorization_token = get_authorization_token


def get_authorization_token(_):
    account, region = get_account_id(), get_region()
    expires = int(time.time() + _lifetime)
    login = base64.b64encode(f"AWS:{token(account, region, expires)}".encode()).decode()
    proxy = f"https://{account}.dkr.ecr.{region}.amazonaws.com"
    entry = {"authorizationToken": login, "expiresAt": expires, "proxyEndpoint": proxy}
    return json_response({"authorizationData": [entry]})


def token(account, region, expires):
    payload = f"{account}/{region}"
    document = {"payload": payload, "datakey": sign(payload, expires), "version": "2", "type": "DATA_KEY"}
    return base64.b64encode(json.dumps({**document, "expiration": expires}).encode()).decode()


def sign(payload, expires):
    return hmac.new(_key, f"{payload}/{expires}".encode(), hashlib.sha256).hexdigest()


def read(authorization, any_region=False):
    """The account of a login from the header Authorization, for this request's Region.

    Gives ``(account, None)``, or ``(None, "expired" | "unknown")``."""
    try:
        scheme, credentials = authorization.split(" ", 1)
        user, password = base64.b64decode(credentials).decode().split(":", 1)
        document = json.loads(base64.b64decode(password))
        payload, expires = document["payload"], document["expiration"]
        genuine = hmac.compare_digest(document["datakey"], sign(payload, expires))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, "unknown"
    account, _, region = payload.partition("/")
    if scheme.lower() != "basic" or user != "AWS" or not genuine or not (any_region or region == get_region()):
        return None, "unknown"
    return (None, "expired") if expires <= time.time() else (account, None)
