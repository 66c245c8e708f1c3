import subprocess
import sys

import pytest

from recurra import DataError
from recurra.training.lock import is_locked, locked

HOLD = """
import pathlib, sys
from recurra.training.lock import is_locked, locked

with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_folder_that_another_process_holds_is_refused_by_name(tmp_path, holder):
    message = f"^{tmp_path}: expected a folder that no other training writes to"
    with pytest.raises(DataError, match=message) as error, locked(tmp_path):
        pytest.fail("held twice")
    assert "\n" not in str(error.value)


def test_a_killed_process_leaves_no_lock_and_no_file(tmp_path, holder):
    holder.kill()
    holder.communicate()
    with locked(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_folder_is_free_after_the_block_and_held_within_this_process_too(tmp_path):
    with locked(tmp_path), pytest.raises(DataError, match="no other training"), locked(tmp_path):
        pytest.fail("held twice")
    with locked(tmp_path):
        pass


def test_a_look_tells_whether_a_folder_is_held(tmp_path):
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    assert not is_locked(tmp_path / "none")
