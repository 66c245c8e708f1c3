import json

import pytest

from recurra import LanguageModel


def _complete(client, **body):
    return client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "max_tokens": 30, "seed": 1} | body)


def _events(answer):
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def test_a_text_is_what_the_model_writes_from_python(client, run):
    answer = _complete(client).json()
    lm = LanguageModel.load(run)
    assert answer["choices"] == [
        {"index": 0, "text": lm.generate("the ", 30, seed=1), "logprobs": None, "finish_reason": "length"}
    ]
    assert answer["usage"] == {"prompt_tokens": 4, "completion_tokens": 30, "total_tokens": 34}
    assert (answer["object"], answer["model"]) == ("text_completion", "fox")
    cold = _complete(client, temperature=0.5, top_p=0.9).json()["choices"][0]["text"]
    assert cold == lm.generate("the ", 30, seed=1, temperature=0.5, top_p=0.9)
    greedy = _complete(client, temperature=0, seed=None).json()["choices"][0]["text"]
    assert greedy == lm.generate("the ", 30, greedy=True)


def test_several_prompts_and_several_texts_of_each_come_in_order(client, run):
    choices = _complete(client, prompt=["the ", "fox "], n=2).json()["choices"]
    assert [choice["index"] for choice in choices] == [0, 1, 2, 3]
    assert [choice["text"] for choice in choices[:2]] == LanguageModel.load(run).generate("the ", 30, samples=2, seed=1)


def test_symbols_stand_for_their_text(client):
    tokens = client.post("/tokenize", json={"prompt": "the "}).json()["tokens"]
    expected = _complete(client).json()["choices"]
    assert _complete(client, prompt=tokens).json()["choices"] == expected
    assert _complete(client, prompt=[tokens]).json()["choices"] == expected


def test_a_text_ends_before_the_first_stop_string(client):
    text = _complete(client, max_tokens=60).json()["choices"][0]["text"]
    stops = [text[40:42], text[20:23]]
    first = min(text.index(stop) for stop in stops)
    answer = _complete(client, max_tokens=60, stop=stops).json()["choices"][0]
    assert (answer["text"], answer["finish_reason"]) == (text[:first], "stop")


@pytest.mark.parametrize("each_token", [True, False])
def test_a_stream_is_the_answer_in_pieces(client, each_token):
    whole = _complete(client, n=2, logprobs=2, echo=True).json()
    options = {"include_usage": True, "each_token": each_token}
    events = _events(_complete(client, n=2, logprobs=2, echo=True, stream=True, stream_options=options))
    assert events[-1]["usage"] == whole["usage"]
    assert events[-1]["choices"] == []
    for index in range(2):
        pieces = [event["choices"][0] for event in events[:-1] if event["choices"][0]["index"] == index]
        assert "".join(piece["text"] for piece in pieces) == whole["choices"][index]["text"]
        assert [piece["finish_reason"] for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
        assert pieces[-1]["finish_reason"] == "length"
        if each_token:
            assert len(pieces) == 32  # the prompt, 30 symbols, and why it ended
        for name, values in whole["choices"][index]["logprobs"].items():
            assert [value for piece in pieces for value in piece["logprobs"][name]] == values


def test_log_probabilities_are_those_of_the_model(client, run):
    choice = _complete(client, logprobs=3, echo=True).json()["choices"][0]
    shown = choice["logprobs"]
    assert "".join(shown["tokens"]) == choice["text"]
    for token, offset in zip(shown["tokens"], shown["text_offset"], strict=True):
        assert choice["text"][offset:].startswith(token)
    assert shown["token_logprobs"][0] is None
    assert sum(shown["token_logprobs"][1:]) == pytest.approx(
        LanguageModel.load(run).score(choice["text"])["forward"], abs=1e-4
    )
    for token, log_prob, likeliest in list(zip(*list(shown.values())[:3], strict=True))[1:]:
        assert likeliest[token] == log_prob
        assert len(likeliest) in (3, 4)
        assert max(likeliest.values()) <= 0


def test_a_prompt_alone_is_scored(client):
    choice = _complete(client, max_tokens=0, echo=True, logprobs=0).json()["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == ("the ", "length")
    assert len(choice["logprobs"]["tokens"]) == 4


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"logit_bias": {"1": 2}}, "logit_bias"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"best_of": 3}, "best_of"),
        ({"suffix": "end"}, "suffix"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"min_p": 0.1}, "min_p"),
        ({"temperature": -1}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"n": 0}, "n"),
        ({"n": 129}, "n"),
        ({"max_tokens": 100_001}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"prompt": []}, "prompt"),
        ({"prompt": "♥"}, "prompt"),
        ({"prompt": [10_000]}, "prompt"),
        ({"stop": ""}, "stop"),
        ({"seed": "one"}, "seed"),
    ],
    ids=str,
)
def test_what_is_not_honoured_is_refused_by_name(client, body, param):
    answer = _complete(client, **body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert param in f"{error['param']} {error['message']}"


@pytest.mark.parametrize("stream", [True, False])
def test_what_takes_too_long_is_given_up(run, serve, stream):
    with serve(run, request_seconds=0.5) as client:
        answer = _complete(client, max_tokens=100_000, stream=stream)
        error = json.loads(answer.text.split("data: ")[-1])["error"]
        assert (error["code"], error["message"]) == ("timeout", "the answer took longer than 0.5 seconds")
        assert answer.status_code == (200 if stream else 503)
        assert len(_complete(client, max_tokens=3).json()["choices"][0]["text"]) == 3


def test_null_stands_for_the_default(client):
    names = ("logit_bias", "suffix", "best_of", "stop", "n", "top_p", "echo", "stream", "user", "stream_options")
    assert _complete(client, **dict.fromkeys(names)).json()["choices"] == _complete(client).json()["choices"]


def test_a_model_that_is_not_there_is_named(client):
    answer = _complete(client, model="wolf")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
