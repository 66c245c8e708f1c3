"""Real samples beside made ones, and why there are none."""

import shutil

import numpy as np
import pytest

from recurra import TimeSeriesGAN, load


def real(client, name, **query):
    answer = client.get(f"/v1/runs/{name}/real", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def missing(client, name):
    content = real(client, name)
    assert not {"series", "lines", "clips"} & content.keys()
    return content["missing"]["code"]


def test_series_are_of_those_held_out(generators, series_run):
    content = real(generators, "visits", count=3, seed=1)
    assert content["is_held_out"] is True
    _, held_out = load(series_run).divided(str(series_run.parent / "visits.csv"))
    known = {str(series.tolist()) for series in as_series(held_out)}
    assert 0 < len(content["series"]) == min(3, len(held_out))
    assert {str(series) for series in content["series"]} <= known
    assert real(generators, "visits", count=3, seed=1) == content


def as_series(table):
    rows = [[float(cell) if i == 3 else cell for i, cell in enumerate(row)] for row in table.texts()]
    return np.split(np.asarray(rows, object), table.starts[1:-1])


def test_lines_and_clips_are_of_those_held_out(generators):
    lines = real(generators, "captions", count=4)
    assert lines["is_held_out"] is True
    assert set(lines["lines"]) <= {"a man rides a bike .", "a dog runs on grass .", "two men sit .", "a dog sleeps ."}
    clips = real(generators, "squares", count=2, clip_type="image/png")
    assert [clip["frames"] for clip in clips["clips"]] == [6, 6]
    assert {clip["media_type"] for clip in clips["clips"]} == {"image/png"}


def test_no_more_than_there_are(generators):
    assert 1 <= len(real(generators, "visits", count=64)["series"]) < 24
    assert generators.get("/v1/runs/visits/real", params={"count": 65}).status_code == 400


@pytest.mark.parametrize("viewers", ["local", "none"])
def test_who_is_on_another_machine_sees_none_unless_the_server_says_so(serve, series_run, viewers):
    with serve(series_run, real_samples=viewers) as client:  # the client's address is no address of this machine
        assert missing(client, "visits") == "not_shown"


@pytest.fixture
def moved(series_run, tmp_path):
    """A run of its own with data of its own."""
    data = shutil.copy(series_run.parent / "visits.csv", tmp_path / "data.csv")
    small = {"hidden_size": 4, "critic_size": 8, "noise_size": 4, "epochs": 1, "pretraining_epochs": 1}
    TimeSeriesGAN(**small, epoch_steps=1, threads=1).fit(data, out=tmp_path / "moved", progress=False)
    return tmp_path / "moved", tmp_path / "data.csv"


def test_data_that_are_gone_or_have_changed_are_not_shown(serve, moved):
    run, data = moved
    text = data.read_text()
    data.unlink()
    with serve(run, real_samples="all") as client:
        assert missing(client, "moved") == "gone"
        data.write_text(text.replace("10.", "11."))
        assert missing(client, "moved") == "gone"  # found once for each state of a run
    with serve(run, real_samples="all") as client:
        assert missing(client, "moved") == "changed"
    data.write_text("nonsense\n")
    with serve(run, real_samples="all") as client:
        content = real(client, "moved")
        assert content["missing"]["code"] == "unreadable"
        assert str(data) not in str(content)


def test_data_in_memory_have_no_name(serve, tmp_path):
    series = np.random.default_rng(0).normal(size=(12, 6, 2))
    small = {"hidden_size": 4, "critic_size": 8, "noise_size": 4, "epochs": 1, "pretraining_epochs": 1}
    TimeSeriesGAN(**small, epoch_steps=1, threads=1).fit(series, out=tmp_path / "arrays", progress=False)
    with serve(tmp_path / "arrays", real_samples="all") as client:
        assert missing(client, "arrays") == "unnamed"
