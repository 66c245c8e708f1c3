"""The training of a run over HTTP: what is there, and what comes while another process trains."""

import asyncio
import json
import shutil

import pytest

from recurra.serve.errors import ApiError
from recurra.serve.history.curves import curves_of
from recurra.serve.history.streams import HistoryStreams
from recurra.training.history import read_history
from recurra.training.progress import Reporter
from recurra.training.run import RunFolder


@pytest.fixture
def copied(run, tmp_path):
    """The folder of a run that a test may write to."""
    return shutil.copytree(run, tmp_path / "copied")


def records_of(folder):
    return [json.loads(line) for line in RunFolder(folder).metrics_file.read_text().splitlines()]


def append(folder, total=100, **numbers):
    """Write what a training writes after one more evaluation."""
    run = RunFolder(folder)
    records = records_of(folder)
    records.append(records[-1] | {"step": records[-1]["step"] + 1} | numbers)
    Reporter(total, "tokens", run.log_file, show=False).evaluation(records[-1], best=True)
    run.write_metrics(records)
    return records[-1]


def test_the_numbers_are_those_of_the_training(client, run):
    answer = client.get("/v1/runs/fox/curves")
    assert answer.status_code == 200
    assert str(run) not in answer.text
    content = answer.json()
    records = records_of(run)
    assert content["steps"] == [record["step"] for record in records]
    assert content["epochs"] == [1, 2, 3]
    for name in ("train_loss", "gradient_norm", "learning_rate"):
        assert content["series"][name] == [record[name] for record in records]
    assert content["panels"][0]["title"] == "loss, nats a token"
    assert content["panels"][0]["curves"]["train_loss"] == "training"
    assert content["best_step"] in content["steps"]
    assert content["step"] == content["total_steps"] == content["steps"][-1]
    assert content["is_over"] is True
    assert content["troubles"] == []


def test_both_players_of_a_generator_have_curves(serve, series_run, tmp_path):
    folder = shutil.copytree(series_run, tmp_path / "visits")
    append(folder, train_generator_loss=0.5)
    with serve(folder) as client:
        content = client.get("/v1/runs/visits/curves").json()
    losses = content["panels"][0]["curves"]
    assert losses["train_discriminator_loss"] == "discriminator training"
    assert losses["train_generator_loss"] == "generator training"
    assert content["series"]["train_generator_loss"] == [None] * (len(content["steps"]) - 1) + [0.5]


def test_a_number_that_is_none_is_null(copied):
    append(copied, train_loss=float("nan"))
    curves = curves_of(read_history(RunFolder(copied)), "nats")
    assert curves.series["train_loss"][-1] is None


def test_a_stream_of_a_training_that_is_over_ends(client, run):
    answer = client.get("/v1/runs/fox/curves", params={"stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    [event] = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert json.loads(event) == client.get("/v1/runs/fox/curves").json()


def test_rows_come_as_they_are_written(copied):
    """Also the last, at whose step the training is over."""
    before = records_of(copied)
    append(copied)

    async def follow():
        events = HistoryStreams().events("copied", copied, "nats", 60)
        first = json.loads(await anext(events))
        row = append(copied, train_loss=0.25)
        second = json.loads(await anext(events))
        last = append(copied, total=row["step"] + 1)
        third = json.loads(await anext(events))
        return first, row, second, last, third, [event async for event in events]

    first, row, second, last, third, rest = asyncio.run(follow())
    assert (first["first"], len(first["steps"]), first["is_over"]) == (0, len(before) + 1, False)
    assert (second["first"], second["steps"]) == (len(before) + 1, [row["step"]])
    assert second["series"]["train_loss"] == [0.25]
    assert (third["first"], third["steps"], third["is_over"]) == (len(before) + 2, [last["step"]], True)
    assert rest == []


def test_a_training_that_is_begun_anew_is_told_from_its_first_row(copied):
    append(copied)

    async def follow():
        events = HistoryStreams().events("copied", copied, "nats", 60)
        await anext(events)
        RunFolder(copied).write_metrics([{"epoch": 1, "step": 1, "train_loss": 3.0}])
        return json.loads(await anext(events))

    event = asyncio.run(follow())
    assert (event["first"], event["steps"], event["series"]["train_loss"]) == (0, [1], [3.0])


def test_a_training_that_falls_silent_is_interrupted(copied, monkeypatch):
    append(copied)
    monkeypatch.setattr("recurra.training.history._QUIET", 0.7)

    async def follow():
        events = HistoryStreams().events("copied", copied, "nats", 60)
        return [json.loads(await anext(events)) for _ in range(2)]

    first, second = asyncio.run(follow())
    assert (first["is_interrupted"], second["is_interrupted"]) == (False, True)
    assert (second["first"], second["steps"]) == (len(first["steps"]), [])


def test_a_run_that_is_deleted_is_told(copied):
    append(copied)

    async def follow():
        events = HistoryStreams().events("copied", copied, "nats", 60)
        await anext(events)
        shutil.rmtree(copied)
        return [json.loads(event) async for event in events]

    [event] = asyncio.run(follow())
    assert event["error"]["code"] == "run_gone"
    assert str(copied) not in event["error"]["message"]


def test_a_run_that_is_gone_has_no_curves(serve, copied):
    with serve(copied) as client:
        shutil.rmtree(copied)
        answer = client.get("/v1/runs/copied/curves")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "run_gone"


def test_streams_are_bounded_and_end_when_they_are_told_to(copied):
    append(copied)
    streams = HistoryStreams()

    async def follow():
        events = streams.events("copied", copied, "nats", 0)
        await anext(events)
        streams.stop()
        return [event async for event in events]

    assert asyncio.run(follow()) == []
    for _ in range(64):
        streams.begin()
    with pytest.raises(ApiError, match="at most 64") as caught:
        streams.begin()
    assert caught.value.status == 429
    streams.end()
    streams.begin()


def test_there_are_no_curves_of_an_unknown_run(client):
    assert client.get("/v1/runs/other/curves").status_code == 404
