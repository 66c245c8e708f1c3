import json

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
