import subprocess
import sys

from recurra.serve.sessions.busy import BusySessions

HOLD = """
import sys
from pathlib import Path
from recurra.serve.sessions.busy import BusySessions
print(BusySessions(Path(sys.argv[1])).hold("one"), flush=True)
sys.stdin.read()
"""


def test_a_session_is_held_once():
    busy = BusySessions(None)
    assert busy.hold("one")
    assert not busy.hold("one")
    assert busy.hold("two")
    busy.release("one")
    busy.release("one")
    assert busy.hold("one")
    assert not busy.hold("two")


def test_another_process_holds_it_until_it_ends(tmp_path):
    path = tmp_path / "lock"
    busy = BusySessions(path)
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout.readline() == "True\n"
        assert not busy.hold("one")
        assert busy.hold("two")
        process.kill()
        process.wait()
    assert busy.hold("one")
    busy.release("one")
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout.readline() == "True\n", "what was released can be held elsewhere"
        process.kill()
    busy.close()


def test_where_nothing_can_be_locked_a_process_knows_its_own(tmp_path):
    busy = BusySessions(tmp_path / "nowhere" / "lock")
    assert busy.hold("one")
    assert not busy.hold("one")
    busy.release("one")
    assert busy.hold("one")
