"""What generators make over HTTP, held to what the Python API makes."""

import base64
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image, ImageSequence

from recurra import load
from recurra.interruption import Interrupted, while_wanted
from recurra.serve.samples import kinds
from recurra.serve.samples.making import Order, make
from recurra.serve.samples.request import SampleRequest


def sample(client, name, accept="*/*", **body):
    return client.post(f"/v1/runs/{name}/sample", json=body, headers={"accept": accept})


def made(client, name, **body):
    answer = sample(client, name, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def error(answer, status=400):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def as_texts(content):
    """The series of an answer as the texts of a CSV file with two decimals."""
    rows = [row for series in content["series"] for row in series]
    return [[f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]


# --- series ----------------------------------------------------------------------------------------------------------


def test_series_are_those_of_the_function(generators, series_run):
    content = made(generators, "visits", count=3, length=11, seed=5)
    table = load(series_run).sample(3, length=11, seed=5)
    assert [column["name"] for column in content["columns"]] == table.header == ["id", "day", "shop", "load", "state"]
    assert [len(series) for series in content["series"]] == [11] * 3
    assert as_texts(content) == table.texts()
    csv = sample(generators, "visits", accept="text/csv", count=3, length=11, seed=5)
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert csv.text == table.csv()


def test_columns_say_what_they_are(generators):
    columns = {column["name"]: column for column in made(generators, "visits", seed=1)["columns"]}
    assert (columns["day"]["role"], columns["day"]["cells"]) == ("order", "text")
    assert (columns["load"]["role"], columns["load"]["cells"]) == ("value", "number")
    assert columns["state"]["categories"] == ["low", "high"]
    assert [name for name, column in columns.items() if column["is_context"]] == ["shop"]


def test_a_beginning_is_gone_on_with_and_a_gap_is_filled(generators):
    given = "id,day,shop,load,state\n1,2024-01-01,a,10.5,low\n1,,,,\n1,2024-01-03,a,11.5,high\n"
    content = made(generators, "visits", given=given, length=5, seed=2, count=2)
    assert [len(series) for series in content["series"]] == [5, 5]
    for series in content["series"]:
        assert series[0][1:] == ["2024-01-01", "a", 10.5, "low"]
        assert series[2][1:] == ["2024-01-03", "a", 11.5, "high"]
        assert all(isinstance(row[3], float) for row in series)


def test_no_path_from_a_client_touches_the_disk(generators, series_run, lines_run):
    for run, name in ((series_run, "visits.csv"), (lines_run, "lines.tsv")):
        path = str(run.parent / name)
        assert "given" in error(sample(generators, run.name, given=path))["param"]
    assert error(sample(generators, "visits", given=["a"]))["code"] == "wrong_form"


def test_what_is_wrong_in_given_rows_is_named(generators):
    given = "id,day,shop,load,state\n1,2024-01-01,a,ten,low\n"
    assert error(sample(generators, "visits", given=given))["message"].startswith("given:2: expected")


# --- lines -----------------------------------------------------------------------------------------------------------


def test_lines_are_those_of_the_function(generators, lines_run):
    options = {"temperature": 0.7, "label": "dog"}
    content = made(generators, "captions", count=5, length=6, seed=3, **options)
    assert content["lines"] == load(lines_run).sample(5, length=6, seed=3, **options)
    given = made(generators, "captions", count=3, seed=3, given=["two men", "a dog"])["lines"]
    assert [line[:5] for line in given] == ["two m", "a dog", "two m"]
    text = sample(generators, "captions", accept="text/plain", count=5, length=6, seed=3, **options)
    assert text.text.splitlines() == content["lines"]


# --- clips -----------------------------------------------------------------------------------------------------------


def test_clips_are_those_of_the_function(generators, clips_run):
    options = {"label": "down", "content_seed": 4, "motion_seed": 5}
    frames = load(clips_run).sample(2, length=8, seed=3, **options)
    clips = made(generators, "squares", count=2, length=8, seed=3, clip_type="image/png", **options)["clips"]
    assert [(clip["frames"], clip["width"], clip["rate"]) for clip in clips] == [(8, 16, 8.0)] * 2
    for clip, expected in zip(clips, frames, strict=True):
        strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(clip["file"]))))
        np.testing.assert_array_equal(strip, np.hstack(list(expected)))


@pytest.mark.parametrize(
    ("media_type", "begin"), [("image/gif", b"GIF89a"), ("image/png", b"\x89PNG"), ("video/mp4", b"\0\0\0 ftyp")]
)
def test_one_clip_is_a_file(generators, media_type, begin):
    answer = sample(generators, "squares", accept=media_type, seed=3, length=7)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.content.startswith(begin)
    assert answer.content == sample(generators, "squares", accept=media_type, seed=3, length=7).content
    if media_type == "image/gif":
        frames = ImageSequence.Iterator(Image.open(io.BytesIO(answer.content)))
        assert sum(frame.info["duration"] for frame in frames) == 870  # milliseconds: 7 frames, 8 a second, not late
    assert error(sample(generators, "squares", accept=media_type, count=2))["message"].startswith("count: expected 1")


# --- all -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["visits", "captions", "squares"])
def test_a_seed_that_is_drawn_is_told_and_makes_the_same(generators, name):
    first = made(generators, name, count=2)
    assert made(generators, name, count=2, seed=first["seed"]) == first
    assert made(generators, name, count=2)["seed"] != first["seed"]


@pytest.mark.parametrize(
    ("name", "body", "param"),
    [
        ("visits", {"temperature": 0.5}, "temperature"),
        ("visits", {"label": "a"}, "label"),
        ("visits", {"clip_type": "image/gif"}, "clip_type"),
        ("captions", {"motion_seed": 1}, "motion_seed"),
        ("captions", {"label": "cat"}, "label"),
        ("captions", {"given": []}, "given"),
        ("squares", {"given": "a"}, "given"),
        ("squares", {"temperature": 0.5}, "temperature"),
        ("visits", {"count": 0}, "count"),
        ("visits", {"seed": -1}, "seed"),
        ("visits", {"seed": 1 << 32}, "seed"),
        ("visits", {"length": "3"}, "length"),
        ("visits", {"speed": 1}, "speed"),
    ],
)
def test_what_a_job_does_not_know_is_refused_by_name(generators, name, body, param):
    assert error(sample(generators, name, **body))["param"] == param


def test_more_than_the_settings_allow_is_refused(serve, series_run, lines_run, clips_run):
    given = "id,day,shop,load,state\n1,2024-01-01,a,10.5,low\n1,,,,\n2,,b,,\n"
    with serve(series_run, lines_run, clips_run, max_tokens=40, max_made_frames=12) as client:
        assert made(client, "visits", count=5, length=8)
        message = "length: expected at most 40 steps over all samples of a request, got"
        assert error(sample(client, "visits", count=6))["message"] == f"{message} 48"
        assert error(sample(client, "visits", given=given, length=5, count=5))["message"] == f"{message} 50"
        assert error(sample(client, "captions", count=4))["message"] == f"{message} 44"
        frames = "length: expected at most 12 steps over all samples of a request, got 18"
        assert error(sample(client, "squares", count=3))["message"] == frames


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("visits", {"length": 2000}),
        ("visits", {"given": "id,day,shop,load,state\n1,2024-01-01,a,10.5,low\n1,,,,\n1,2024-01-03,a,11.5,high\n"}),
        ("captions", {"length": 1000}),
        ("squares", {"length": 500}),
    ],
)
def test_the_making_ends_between_two_steps_when_nobody_waits(name, options, generators):
    task, kind = kinds.generator_of(generators.app.state.server.runs.get(name))
    order = Order(kind, SampleRequest(seed=1, **options), "application/json", 100_000)
    asked = []

    def wanted():
        asked.append(True)
        return len(asked) < 2

    with while_wanted(wanted), pytest.raises(Interrupted):
        make(task, [order])
    assert len(asked) == 2


def test_a_form_that_a_job_has_not_is_refused(generators):
    assert error(sample(generators, "visits", accept="image/gif"), 406)["param"] == "accept"


def test_other_jobs_make_no_samples(client):
    refused = error(sample(client, "fox"))
    assert refused["code"] == "wrong_job"
    assert "/v1/completions" in refused["message"]
    assert error(client.get("/v1/runs/fox/generator"))["code"] == "wrong_job"
    assert error(client.get("/v1/runs/fox/real"))["code"] == "wrong_job"


def test_a_generator_tells_what_may_be_asked_of_it(generators):
    about = {name: generators.get(f"/v1/runs/{name}/generator").json() for name in ("visits", "captions", "squares")}
    assert [each["longest"] for each in about.values()] == [8, 11, 6]
    assert [each["labels"] for each in about.values()] == [[], ["dog", "man"], ["down", "right"]]
    assert about["captions"]["options"] == ["label", "temperature"]
    assert about["squares"]["most"] == 2_000
    assert [column["name"] for column in about["visits"]["columns"]] == ["id", "day", "shop", "load", "state"]
    assert about["visits"]["report"] is None


def test_the_report_beside_a_run_is_shown(serve, series_run, tmp_path):
    run = tmp_path / "measured"
    shutil.copytree(series_run, run)
    summary = {"columns": ["", "made"], "rows": [["discriminative", "0.1 (0 to 0.2)"]]}
    (run / "report.json").write_text(json.dumps({"conclusion": "It does.", "summary": summary, "judges": {}}))
    with serve(run) as client:
        report = client.get("/v1/runs/measured/generator").json()["report"]
        assert report == {"conclusion": "It does.", "summary": summary, "is_older": False}
