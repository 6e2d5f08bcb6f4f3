"""A function whose code is not in S3 cannot be created or updated.

ministack makes it without code. AWS fails the resource with the sentence below (seen in stack events since the
Cloud Control based handler).
"""

import uuid

from ministack.services import s3
from ministack.services.cloudformation import provisioners


def apply():
    handler = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    create, update = handler["create"], handler["update"]

    def create_function(logical_id, props, *rest):
        refuse_missing_code(props)
        return create(logical_id, props, *rest)

    def update_function(physical_id, old_props, new_props, *rest, **named):
        refuse_missing_code(new_props)
        return update(physical_id, old_props, new_props, *rest, **named)

    handler.update(create=create_function, update=update_function)


def refuse_missing_code(props):
    code = props.get("Code") or {}
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if not bucket or not key:
        return
    if bucket not in s3._buckets:
        fault = "NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    elif s3._get_object_data(bucket, key, code.get("S3ObjectVersion")) is None:
        fault = "NoSuchKey. S3 Error Message: The specified key does not exist."
    else:
        return
    raise ValueError(
        f'Resource handler returned message: "Error occurred while GetObject. S3 Error Code: {fault} '
        f'(Service: Lambda, Status Code: 400, Request ID: LOCAL)" (RequestToken: {uuid.uuid4()}, '
        "HandlerErrorCode: InvalidRequest)"
    )
