"""The process that explains, alone."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from recurra.explain.report import report
from recurra.serve.explanations.order import Order
from recurra.serve.runs import model_hash

COMMAND = [sys.executable, "-m", "recurra.serve.explanations.process"]


@pytest.fixture
def order(run, tmp_path):
    """An order to explain the gradients of a run."""
    files = (str(tmp_path / "report.json"), str(tmp_path / "report.html"))
    return Order("fox", str(run), model_hash(run), ("gradients",), *files)


def messages(order):
    """What the process tells, while standard input stays open."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(order.to_line())
        process.stdin.flush()
        return [json.loads(line) for line in process.stdout]


def test_the_report_is_that_of_the_function_but_for_paths(order, run, tmp_path):
    assert messages(order) == [{"part": "gradients"}, {"part": None}, {"done": True}]
    numbers = json.loads((tmp_path / "report.json").read_text())
    expected = report(run, parts=["gradients"], title="fox").numbers()
    assert numbers == json.loads(json.dumps(expected))
    page = (tmp_path / "report.html").read_text()
    assert "<title>fox (language-model)</title>" in page
    assert str(run.parent) not in page


def test_a_run_that_has_changed_is_not_explained_as_the_one_before(order):
    assert messages(replace(order, model_hash="another")) == [{"changed": True}]


def test_it_ends_when_nobody_wants_the_result(order, tmp_path):
    process = subprocess.run(COMMAND, input=order.to_line(), capture_output=True, timeout=120, check=False)
    assert process.returncode == 1
    assert not (tmp_path / "report.json").exists()
