import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import recurra
from recurra.cli import main

pytestmark = pytest.mark.usefixtures("no_data")


def test_doctor_tells_what_is_here(rows_of, tmp_path):
    import torch

    facts = {row["what"]: row["here"] for row in rows_of("doctor")}
    assert facts["recurra"] == recurra.__version__
    assert facts["torch"] == torch.__version__
    assert f"{os.cpu_count()} cores" in facts["processor"]
    assert facts["threads"].startswith(str(torch.get_num_threads()))
    assert facts["data"].startswith("RECURRA_DATA is not set")
    assert facts["cache"] == str(tmp_path / "cache" / "recurra")
    assert {"python", "gpu", "bf16", "recurrence"} < set(facts)


def test_doctor_tells_which_kernels_run_and_why(rows_of, monkeypatch):
    from recurra.kernels import compiled

    def fact(name):
        return {row["what"]: row["here"] for row in rows_of("doctor")}[name]

    if compiled.enabled():
        assert fact("kernels").startswith(f"{compiled.instruction_set()} (")
        assert fact("recurrence").startswith("fused, on compiled kernels, for rnn")
    monkeypatch.setattr(compiled, "_loaded", None)
    monkeypatch.setattr(compiled, "_reason", "turned off for this test")
    assert fact("kernels") == "none: turned off for this test"
    assert fact("recurrence").startswith("native, on PyTorch's own functions, for rnn")


def test_the_kernels_run_on_pytorchs_threads_with_no_pool_of_their_own():
    from recurra.kernels import compiled

    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    command = [sys.executable, "-m", "recurra", "doctor", "--json"]  # scikit-learn, which tests import, has its own
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    (openmp,) = [row["here"] for row in map(json.loads, lines) if row["what"] == "openmp"]
    (runtime,) = openmp.split(", ")
    assert "omp" in Path(runtime).name


def test_doctor_shows_the_same_as_a_table(capsys, rows_of, monkeypatch):
    monkeypatch.setenv("RECURRA_DATA", "somewhere/data")
    facts = rows_of("doctor")
    assert main(["doctor"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["what", "here"]
    assert [line.split() for line in lines] == [f"{fact['what']} {fact['here']}".split() for fact in facts]
    assert any("somewhere/data" in line for line in lines)
