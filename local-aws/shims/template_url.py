"""``TemplateURL`` in its virtual-hosted form, https://bucket.s3.region.amazonaws.com/key.

ministack reads only the path form. The virtual-hosted form is the one that AWS documents and tools write.
"""

import re
from urllib.parse import urlsplit

from .patch import replace

VIRTUAL_HOSTED = re.compile(r"^(?P<bucket>[a-z0-9][a-z0-9.-]+)\.s3[.-](?:[a-z0-9-]+\.)*?amazonaws\.com(?:\.cn)?$")


def apply():
    def make(original):
        def resolve_document(params, body_key, url_key, label):
            given = params.get(url_key)
            url = given[0] if isinstance(given, list) and given else given
            if url:
                parts = urlsplit(url)
                virtual = VIRTUAL_HOSTED.match(parts.netloc)
                if virtual:
                    path_form = f"https://s3.amazonaws.com/{virtual['bucket']}{parts.path}"
                    params = {**params, url_key: [path_form]}
            return original(params, body_key, url_key, label)

        return resolve_document

    replace("_resolve_document", make)
