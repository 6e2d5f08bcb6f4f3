"""A function URL that can be called.

AWS's form, https://<id>.lambda-url.<region>.on.aws/, leads nowhere on a local machine. The gateway answers
http://127.0.0.1:<port>/_headgate/function-url/<id>/ in its place.
"""

import json
import os
import re

from ministack.services import lambda_svc

PREFIX = "/_headgate/function-url/"


def apply():
    create = lambda_svc._create_function_url_config
    identify = lambda_svc._function_url_id

    def create_function_url_config(func_name, data, qualifier):
        status, headers, body = create(func_name, data, qualifier)
        if status != 201:
            return status, headers, body
        config = lambda_svc._function_urls[lambda_svc._url_config_key(func_name, qualifier)]
        port = os.environ["GATEWAY_PORT"]
        config["FunctionUrl"] = f"http://127.0.0.1:{port}{PREFIX}{identify(config['FunctionUrl'])}/"
        return status, headers, json.dumps(config).encode()

    def function_url_id(url):
        local = re.search(re.escape(PREFIX) + r"([^/]+)/", url)
        return local.group(1) if local else identify(url)

    lambda_svc._create_function_url_config = create_function_url_config
    lambda_svc._function_url_id = function_url_id
