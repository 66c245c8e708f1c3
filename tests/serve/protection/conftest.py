import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from recurra.serve import ServeSettings
from recurra.serve.serving import config_of


@dataclass
class Answer:
    """What an application sent."""

    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        return json.loads(self.body)["error"]


def scope_of(path="/path", method="POST", headers=(), client=("10.1.2.3", 4)):
    """What a server tells an application of a request."""
    raw = [(name.lower().encode(), value.encode()) for name, value in dict(headers).items()]
    return {"type": "http", "method": method, "path": path, "headers": raw, "client": client, "query_string": b""}


async def ask_app(app, scope, pieces=(b"",), pause=0.0):
    """Send a request, its body in pieces with a pause before each, and wait for the answer."""
    waiting, sent = list(pieces), []

    async def receive():
        if not waiting:
            await asyncio.sleep(60)
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], headers, b"".join(message["body"] for message in sent[1:]))


@pytest.fixture
def ask():
    """Send a request to an application, and give its answer."""
    return lambda app, pieces=(b"",), pause=0.0, **scope: asyncio.run(ask_app(app, scope_of(**scope), pieces, pause))


async def echo(scope, receive, send):
    """An application that answers with what it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.fixture(name="echo")
def echo_app():
    """`echo`, for tests."""
    return echo


@contextmanager
def listening(app, **settings):
    """The address of a server that listens, in a thread."""
    config = config_of(app, ServeSettings(shutdown_seconds=1, **settings))
    config.lifespan = "off"
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join(30)


@pytest.fixture
def listen():
    """`listening`, for tests."""
    return listening
