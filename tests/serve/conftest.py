import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from recurra import LanguageModel
from recurra.serve import ServeSettings, create_app
from recurra.serve.runs import Runs

TEXT = "the quick brown fox jumps over the lazy dog, and rests.\n" * 30
SETTINGS = {"hidden_size": 12, "num_layers": 1, "batch_size": 4, "sequence_length": 10, "epochs": 3, "threads": 1}


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of a small language model of characters."""
    folder = tmp_path_factory.mktemp("serve")
    text = folder / "text.txt"
    text.write_text(TEXT)
    LanguageModel(**SETTINGS, learning_rate=0.01).fit(text, out=folder / "fox", progress=False)
    return folder / "fox"


@contextmanager
def serving(*folders, **settings):
    """A client of a server whose runs are loaded; it keeps sessions in memory unless told otherwise."""
    runs = Runs(folders)
    app = create_app(runs, ServeSettings(**{"sessions": ""} | settings))
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        until = time.monotonic() + 60
        while "loading" in runs.statuses().values() and time.monotonic() < until:
            time.sleep(0.01)
        yield client


@pytest.fixture
def serve():
    """`serving`, for tests."""
    return serving


@pytest.fixture
def client(run):
    """A client of a server of the small language model."""
    with serving(run) as client:
        yield client


@contextmanager
def listening(app):
    """The address of a server that listens on this machine."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                while client.get("/health").status_code != 200:
                    time.sleep(0.01)
            yield address
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def app(run):
    """The application over the small language model."""
    return create_app(Runs([run]))


@pytest.fixture
def engines(app):
    """The engines of the application."""
    return app.state.server.engines


@pytest.fixture
def address(app):
    """The address of a server of the application."""
    with listening(app) as address:
        yield address
