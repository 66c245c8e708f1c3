import json
import os
import re
import signal
import time

import pytest

from recurra import DataError
from recurra.explain.compare import trainings
from recurra.explain.compare.plan import plan

SETTINGS = {"parameters": None, "shortest": None, "is_regression": False, "overwrite": False}
SCRIPT = """
import os, sys
os.setsid()
from recurra.explain import compare
compare(["gru", "rnn"], "adding", [30], steps=1_000_000, hidden_size=4, runs=sys.argv[1], workers=2, seed=1)
"""


def jobs(folder, task="adding"):
    return plan(["gru", "rnn"], task, [6], 1, folder, steps=4, settings={"hidden_size": 3}, **SETTINGS).jobs


def test_a_process_trains_as_this_one_does(tmp_path):
    (here,) = trainings.run_all(jobs(tmp_path / "here")[:1], 1)
    (elsewhere,) = trainings.run_all(jobs(tmp_path / "elsewhere")[:1], 2)
    assert elsewhere.loss == here.loss
    assert elsewhere.profile == here.profile


def test_what_a_process_refuses_is_raised_here(tmp_path):
    broken = jobs(tmp_path)[:1]
    folder = tmp_path / broken[0].name
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a person's own")
    with pytest.raises(DataError, match=r"a\.txt"):
        list(trainings.run_all(broken, 2))


def _begin(forked, tmp_path):
    """Start a comparison of two trainings that do not end, in a process group of its own, and wait until both learn."""
    runs = tmp_path / "runs"
    steps = _steps(runs)
    process = forked.start(SCRIPT, [runs])
    _wait(lambda: len(_steps(runs)) == 2 and min(_steps(runs)) > max(steps, default=0))
    return process, runs


def _wait(holds):
    deadline = time.monotonic() + 120
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert holds()


def _steps(runs):
    """The last step at which each training was evaluated."""
    lines = [file.read_text().splitlines() for file in runs.glob("*/metrics.jsonl")]
    return [json.loads(last[-1])["step"] for last in lines if last]


def _lives(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_a_comparison_that_was_killed_goes_on_and_saves_all_on_ctrl_c(forked, tmp_path):
    process, _ = _begin(forked, tmp_path)
    process.kill()
    process.join()
    _wait(lambda: not _lives(process.pid))  # its trainings end with it
    process, runs = _begin(forked, tmp_path)  # farther than it was
    os.killpg(process.pid, signal.SIGINT)
    process.join(60)
    assert process.exitcode not in (0, None)
    _wait(lambda: not _lives(process.pid))
    for log in runs.glob("*/train.log"):
        assert re.search(r"interrupted at step .*; to go on: make the same comparison again", log.read_text())
        assert "--resume" not in log.read_text()
