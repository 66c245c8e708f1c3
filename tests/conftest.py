import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any machine")

# A shell starts what runs in the background with Ctrl-C ignored, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

DATA = os.environ.get("RECURRA_DATA")  # as it was before any test changed it


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory):
    """Keep the tests out of the user's cache and data; a session's, so that fixtures of any scope come after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def shared_data():
    """A function that finds a data set of the development data, and skips the test where there is none."""

    def find(name: str) -> Path:
        if not DATA:
            pytest.skip(f"RECURRA_DATA is not set; it would name the folder that holds {name}")
        path = Path(DATA) / name
        if not path.exists():
            pytest.skip(f"RECURRA_DATA holds no {name}")
        return path

    return find
