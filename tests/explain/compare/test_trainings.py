import os
import signal
import subprocess
import sys
import time

import pytest

from recurra import DataError
from recurra.explain.compare import trainings
from recurra.explain.compare.plan import plan

SETTINGS = {"parameters": None, "shortest": None, "is_regression": False, "overwrite": False}
SCRIPT = """
import sys
from recurra.explain import compare
if __name__ == "__main__":
    compare(["gru", "rnn"], "adding", [30], steps=1_000_000, hidden_size=4, runs=sys.argv[1], workers=2, seed=1)
"""


def jobs(folder, task="adding"):
    return plan(["gru", "rnn"], task, [6], 1, folder, steps=4, settings={"hidden_size": 3}, **SETTINGS).jobs


def test_processes_train_as_this_one_does(tmp_path):
    alone = {result.network: result for result in trainings.run_all(jobs(tmp_path / "alone"), 1)}
    together = {result.network: result for result in trainings.run_all(jobs(tmp_path / "together"), 2)}
    for name, result in alone.items():
        assert together[name].loss == result.loss
        assert together[name].profile == result.profile


def test_what_a_process_refuses_is_raised_here(tmp_path):
    broken = jobs(tmp_path)
    folder = tmp_path / broken[0].name
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a person's own")
    with pytest.raises(DataError, match=r"a\.txt"):
        list(trainings.run_all(broken, 2))


def _started(folder):
    return len(list(folder.glob("*/metrics.jsonl"))) == 2


def _lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_all_is_saved_on_ctrl_c_and_no_process_outlives_its_parent(tmp_path):
    script, runs = tmp_path / "script.py", tmp_path / "runs"
    script.write_text(SCRIPT)
    process = subprocess.Popen([sys.executable, str(script), str(runs)], start_new_session=True, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not _started(runs) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    for log in runs.glob("*/train.log"):
        assert "interrupted at step" in log.read_text()
    while _lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _lives(process.pid)
