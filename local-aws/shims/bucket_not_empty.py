"""A stack's bucket that still holds objects or versions does not go away with the stack.

ministack drops the bucket and everything in it. AWS refuses, and the stack ends in DELETE_FAILED
("Delete stack fails", CloudFormation user guide, troubleshooting).
"""

import uuid

from ministack.services import s3
from ministack.services.cloudformation import provisioners


def apply():
    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    original = handler["delete"]

    def delete(physical_id, props):
        bucket = s3._buckets.get(physical_id)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError(
                'Resource handler returned message: "The bucket you tried to delete is not empty. You must delete all '
                "versions in the bucket. (Service: S3, Status Code: 409, Request ID: LOCAL)\" "
                f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: GeneralServiceException)"
            )
        return original(physical_id, props)

    handler["delete"] = delete
