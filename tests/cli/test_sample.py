import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recurra.cli import main, sample
from recurra.training.sampler import Sampler


class Numbers(Sampler):
    """Makes numbers, and tells what it was asked for."""

    name, sample_options, asked = "numbers", frozenset({"temperature"}), None

    def __init__(self):
        pass

    def sample(self, count, *, length=None, seed=None, given=None, **options):
        self.asked = {"length": length, "seed": seed, "given": given} | options
        return list(range(count))

    def format_samples(self, samples):
        return "".join(f"{number}\n" for number in samples)


@pytest.fixture
def numbers(monkeypatch):
    task = Numbers()
    monkeypatch.setattr(sample, "load", lambda run, job: task)
    return task


def test_samples_go_to_standard_output(numbers, output_of):
    assert output_of("sample", "run", "--count=3") == "0\n1\n2\n"
    assert numbers.asked == {"length": None, "seed": None, "given": None}


def test_or_to_a_file_that_is_whole(numbers, output_of, tmp_path):
    assert output_of("sample", "run", "--count=2", "--out", tmp_path / "made.txt") == ""
    assert (tmp_path / "made.txt").read_text() == "0\n1\n"


def test_what_is_asked_for_reaches_the_job(numbers, output_of):
    output_of("sample", "run", "--length=7", "--seed=3", "--given=file", "--temperature=0.5")
    assert numbers.asked == {"length": 7, "seed": 3, "given": Path("file"), "temperature": 0.5}


def test_what_a_job_does_not_know_is_refused(numbers, capsys):
    assert main(["sample", "run", "--label=cat"]) == 2
    assert capsys.readouterr().err == "recurra: --label: expected none for a run of numbers, got 'cat'\n"


def test_clips_are_made_written_and_reported(tmp_path, output_of, capsys):
    rng = np.random.default_rng(0)
    clips = rng.integers(256, size=(24, 6, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "clips.npz", video=clips, y=np.array(["a", "b"] * 12))
    sizes = ["--frame-size=16", "--generator-channels=4", "--image-channels=2", "--video-channels=2"]
    few = ["--clip-length=4", "--epochs=1", "--compared-clips=8", "--threads=1"]
    run = tmp_path / "run"
    assert main(["train", "clip-gan", str(tmp_path / "clips.npz"), f"--out={run}", *sizes, *few]) == 0
    output_of("sample", run, "--count=2", "--seed=1", "--out", tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["1.gif", "2.gif"]
    both = ["--content-seed=1", "--motion-seed=2", "--label=b", "--length=9"]
    output_of("sample", run, *both, "--out", tmp_path / "clip.png")
    with Image.open(tmp_path / "clip.png") as strip:
        assert strip.size == (9 * 16, 16)
    assert "not within a tenth" in output_of("evaluate", run)
    assert (run / "report.html").stat().st_size < 1_500_000
    assert "conclusion" in json.loads((run / "report.json").read_text())
    assert main(["sample", str(run)]) == 2
    assert "out: expected a folder for the clips" in capsys.readouterr().err


def test_a_job_that_makes_no_samples_says_so(run, capsys):
    assert main(["sample", str(run)]) == 2
    expected = f"recurra: {run}: expected a run of a job that makes samples, got one of language-model\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("flag", ["--count=0", "--length=0", "--temperature=0", "--count=1.5"])
def test_numbers_out_of_bounds_are_refused(flag, numbers, capsys):
    assert main(["sample", "run", flag]) == 2
    assert numbers.asked is None
