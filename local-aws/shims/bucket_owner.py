"""``x-amz-expected-bucket-owner`` is checked.

ministack ignores it. AWS answers 403 AccessDenied when the bucket belongs to another account. ministack keeps
buckets per account, so the owner is always the caller's account.
"""

from ministack.core.responses import get_account_id
from ministack.services import s3


def apply():
    original = s3.handle_request

    async def handle_request(method, path, headers, body, query_params):
        expected = headers.get("x-amz-expected-bucket-owner")
        if expected and expected != get_account_id():
            if method == "HEAD":
                return 403, {"Content-Type": "application/xml"}, b""
            return s3._error("AccessDenied", "Access Denied", 403, path)
        return await original(method, path, headers, body, query_params)

    s3.handle_request = handle_request
