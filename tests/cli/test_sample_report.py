import json

import pytest

from recurra.cli import evaluate, main
from recurra.figures import Table
from recurra.training.run import RunFolder
from recurra.training.sampler import Sampler, SampleReport
from recurra.training.sources import Sources


class Numbers(Sampler):
    name, measured = "numbers", None

    def __init__(self):
        pass

    def report(self, data, valid=None, folder=None):
        self.measured, self.folder = (data, valid), folder
        summary = Table(["", "made"], [["distance", "0.25"]])
        return SampleReport({"distance": 0.25, "curve": {"mean": 1.0}}, "It beats it.", "<html>page</html>", summary)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """A task that makes samples, and the folder of its run."""
    task = Numbers()
    monkeypatch.setattr(evaluate, "load", lambda run, job: task)
    (tmp_path / "data.txt").write_text("1")
    sources = Sources.of(tmp_path / "data.txt", None, {"train": "", "valid": ""})
    RunFolder(tmp_path).write_config("numbers", {}, sources.to_json())
    return task, tmp_path


def test_a_run_is_measured_on_its_own_data_and_keeps_its_report(made, output_of):
    task, run = made
    out = output_of("evaluate", run)
    assert task.measured == (str(run / "data.txt"), None)
    assert task.folder == run
    assert out.splitlines()[:4] == ["          made", "distance  0.25", "", "It beats it."]
    assert "curve" not in out
    assert (run / "report.html").read_text() == "<html>page</html>"
    numbers = json.loads((run / "report.json").read_text())
    summary = {"columns": ["", "made"], "rows": [["distance", "0.25"]]}
    assert numbers == {"distance": 0.25, "curve": {"mean": 1.0}, "conclusion": "It beats it.", "summary": summary}
    assert json.loads(output_of("evaluate", run, "--json")) == numbers


def test_or_on_data_that_are_named(made, output_of):
    task, run = made
    output_of("evaluate", run, "other.txt")
    assert task.measured == ("other.txt", None)


def test_a_run_on_arrays_says_that_data_are_to_be_named(made, capsys):
    _, run = made
    RunFolder(run).write_config("numbers", {}, Sources(None, None, {"train": "", "valid": ""}).to_json())
    assert main(["evaluate", str(run)]) == 2
    assert "expected a training on files, got one on arrays" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--part", "--picture"])
def test_what_a_report_cannot_heed_is_refused(made, capsys, flag):
    _, run = made
    assert main(["evaluate", str(run), flag, "test.svg"]) == 2
    assert f"{flag[2:]}: expected none for a run of numbers, of which a report is made, got 'test.svg'" in (
        capsys.readouterr().err
    )
