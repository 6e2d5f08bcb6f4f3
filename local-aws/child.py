"""Runs one emulator as a child of the gateway: ``python child.py ministack|moto``.

What this adds to starting the emulator directly:

* It listens on a free port of 127.0.0.1 that it has bound itself, and says which on standard output.
  GATEWAY_PORT can so name the gateway's port, which is the one that belongs in the emulator's answers.
* It answers only requests that carry the gateway's token. The emulator runs uploaded code, and a port on
  127.0.0.1 can be reached by every process and every web page of the machine.
* It ends, with all processes of its group and its temporary directory, when standard input closes. That
  happens when the gateway ends, also by SIGKILL.
* It applies the shims (ministack only).
"""

import json
import os
import shutil
import signal
import socket
import sys
import threading

TOKEN = os.environ.pop("HEADGATE_CHILD_TOKEN", "")
TOKEN_HEADER = "x-headgate-token"
ACCOUNT_HEADER = b"x-headgate-account"


def end(*_):
    """Remove the temporary directory and kill the process group, this process included."""
    directory = os.environ.get("HEADGATE_CHILD_DIRECTORY")
    if directory:
        shutil.rmtree(directory, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def obey_standard_input(settings):
    """Take settings, one ``{"id", "setting"}`` a line, each answered with a line, until the gateway is gone."""
    for line in sys.stdin:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        answer = {"answers": message["id"]}
        try:
            for name, value in message["setting"].items():
                settings[name](value)
        except Exception as problem:
            answer["refused"] = str(problem)
        print(json.dumps(answer), flush=True)
    end()


def listening_socket():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    return listener


def announce(listener, version):
    print(json.dumps({"port": listener.getsockname()[1], "version": version}), flush=True)


def run_ministack():
    import asyncio
    from importlib.metadata import version

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app
    from ministack.core.responses import get_account_id

    import shims
    from shims import service_call
    from shims.ecr_registry import serve as serve_registry
    from shims.ecr_request import PREFIX_HEADER

    service_call.use(TOKEN)
    shims.apply()

    async def guarded(scope, receive, send):
        if scope["type"] == "lifespan":
            return await app(scope, receive, send)
        headers = scope["headers"]
        if dict(headers).get(TOKEN_HEADER.encode()) != TOKEN.encode():
            if scope["type"] == "http":
                await send({"type": "http.response.start", "status": 403, "headers": []})
                await send({"type": "http.response.body", "body": b"This port belongs to the local AWS gateway.\n"})
            else:
                await send({"type": "websocket.close", "code": 1008})
            return None
        scope = {**scope, "headers": [h for h in headers if h[0] != TOKEN_HEADER.encode()]}

        async def with_account(message):
            # ministack knows which account the caller's keys belong to; the gateway records it.
            if message["type"] == "http.response.start" and ACCOUNT_HEADER not in dict(message.get("headers", [])):
                account = (ACCOUNT_HEADER, get_account_id().encode())
                message = {**message, "headers": [*message.get("headers", []), account]}
            await send(message)

        # ministack would read a whole layer into memory before it looks at the address.
        is_for_registry = scope["type"] == "http" and PREFIX_HEADER in dict(headers)
        return await (serve_registry if is_for_registry else app)(scope, receive, with_account)

    threading.Thread(target=obey_standard_input, args=(shims.SETTINGS,), daemon=True).start()
    listener = listening_socket()
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    announce(listener, version("ministack"))

    async def for_ever():
        await asyncio.Event().wait()

    asyncio.run(serve(guarded, config, shutdown_trigger=for_ever))


def run_moto():
    from importlib.metadata import version

    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)

    def guarded(environ, start_response):
        if environ.pop("HTTP_X_HEADGATE_TOKEN", "") != TOKEN:
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"This port belongs to the local AWS gateway.\n"]
        return application(environ, start_response)

    threading.Thread(target=obey_standard_input, args=({},), daemon=True).start()
    listener = listening_socket()
    server = make_server("127.0.0.1", listener.getsockname()[1], guarded, threaded=True, fd=listener.fileno())
    announce(listener, version("moto"))
    server.serve_forever()


if __name__ == "__main__":
    if not TOKEN:
        sys.exit("child.py is started by the local AWS gateway, which sets HEADGATE_CHILD_TOKEN.")
    signal.signal(signal.SIGTERM, end)
    {"ministack": run_ministack, "moto": run_moto}[sys.argv[1]]()
