"""What `make fuzz` does, on one format: it finds what it is meant to find, and the same again."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz.py")


@pytest.fixture
def spoil(monkeypatch):
    monkeypatch.syspath_prepend(str(FUZZ.parent))
    from fuzzing.mutations import spoil

    return spoil


@pytest.mark.parametrize("content", [b"id,x,label\n1,2,a\n", b'{"x": [1, 2]}\n{"x": [3]}\n', b"", b"PK\x03\x04broken"])
def test_a_case_is_the_same_each_time_and_differs_from_others(spoil, content):
    cases = [spoil(content, random.Random(i)) for i in range(200)]
    assert cases == [spoil(content, random.Random(i)) for i in range(200)]
    assert len(set(cases)) > 20


PATCHED = """
import itertools
import multiprocessing
import os
import sys

sys.path.insert(0, {folder!r})
import fuzz
from recurra import DataError
from recurra.data.sequences.readers import idx

cases = itertools.count()


def broken(path):
    if not multiprocessing.parent_process():  # the good files are read in the first process
        return
    match next(cases):
        case 0:
            raise KeyError
        case 1:
            raise DataError("expected bytes, got none")
        case 2:
            os.abort()


idx.read = broken
if __name__ == "__main__":
    sys.exit(fuzz.main())
"""


def test_faults_are_counted_and_kept(tmp_path):
    (tmp_path / "patched.py").write_text(PATCHED.format(folder=str(FUZZ.parent)))
    command = [sys.executable, "patched.py", "--only", "idx", "--cases", "3", "--processes", "1"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    counted = "1 foreign exception; 0 unclear refusal; 1 file not named; 0 hang; 1 crash"
    assert done.stdout.splitlines()[-1] == counted, done.stderr
    assert done.returncode == 1
    assert len(list(tmp_path.glob("build/fuzz/*/a"))) == 3
