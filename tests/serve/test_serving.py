import json
import shutil

from recurra.training.run import RunFolder

BODY = {"model": "fox", "prompt": "the ", "seed": 1, "stream": True}


def events(answer, on_first=lambda: None):
    """The events of a stream."""
    for number, line in enumerate(line for line in answer.iter_lines() if line):
        if number == 0:
            on_first()
        yield line.removeprefix("data: ")


def test_a_stream_that_has_begun_is_finished_when_the_server_is_told_to_stop(start):
    with start() as server, server.client() as client:
        with client.stream("POST", "/v1/completions", json=BODY | {"max_tokens": 5_000}) as answer:
            received = list(events(answer, on_first=server.tell_to_stop))
        assert received[-1] == "[DONE]"
        assert json.loads(received[-2])["choices"][0]["finish_reason"] == "length"
        assert server.stop() == 0


def test_one_that_takes_too_long_is_given_up_and_says_so(start):
    with start("--shutdown-seconds", "0.2") as server, server.client() as client:
        with client.stream("POST", "/v1/completions", json=BODY | {"max_tokens": 100_000}) as answer:
            received = list(events(answer, on_first=server.tell_to_stop))
        assert json.loads(received[-1])["error"]["code"] == "stopping"
        assert server.stop() == 0


def test_an_explanation_is_given_up_at_once(start):
    with start("--shutdown-seconds", "1000") as server, server.client() as client:
        with client.stream("POST", "/v1/runs/fox/explain", json={"stream": True}) as answer:
            received = list(events(answer, on_first=server.tell_to_stop))
        assert json.loads(received[0])["state"] == "opening"
        assert json.loads(received[-1])["error"]["code"] == "stopping"
        assert server.stop() == 0


def test_a_training_that_is_followed_does_not_hold_up_the_end(start, run, tmp_path):
    growing = RunFolder(shutil.copytree(run, tmp_path / "growing"))
    growing.log_file.write_text("2026-01-01 00:00:00  step 5/1000000  loss 1.0  1 tokens/s  0:09 left\n")
    with start(str(growing.path), "--shutdown-seconds", "1000") as server, server.client() as client:
        with client.stream("GET", "/v1/runs/growing/curves", params={"stream": True}) as answer:
            received = list(events(answer, on_first=server.tell_to_stop))
        assert [json.loads(event)["is_over"] for event in received] == [False]
        assert server.stop() == 0
