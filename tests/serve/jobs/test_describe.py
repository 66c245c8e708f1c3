import json

import pytest
import torch

from recurra import LanguageModel, load
from recurra.kernels.batch_invariance import batch_invariant


def _describe(client, name, **body):
    return client.post(f"/v1/runs/{name}/describe", json=body)


def _refused(answer, status=400):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


INPUTS = {
    "names": [["Ann", "fell", "in", "Bern"], [], ["Go"]],
    "rising": [[[0.1, 0.2], [0.3, 0.1]], [[1, 2]]],
    "topics": ["rain fell", "/etc/passwd", "the team"],
    "german": ["ein hund lacht", "", "die katze rennt laut"],
}


@pytest.mark.parametrize("name", INPUTS)
def test_answers_are_those_of_each_input_alone(jobs_client, name):
    answer = _describe(jobs_client, name, inputs=INPUTS[name])
    assert answer.status_code == 200, answer.text
    task = load(jobs_client.app.state.server.runs.get(name).path)
    with batch_invariant():
        assert answer.json() == {"answers": [task.describe([each])[0] for each in INPUTS[name]]}


def test_options_are_those_of_the_signature(jobs_client):
    answer = _describe(jobs_client, "german", inputs=["ein hund"], n_best=2, with_alignment=True)
    translations = answer.json()["answers"][0]["translations"]
    assert len(translations) == 2
    assert "alignment" in translations[0]


def test_beginnings_are_to_the_last_bit_what_they_are_alone(jobs_client):
    inputs = [INPUTS["rising"][0], [[0.5, 0.1]] * 7]
    answers = _describe(jobs_client, "rising", inputs=inputs, beginnings=9).json()["answers"]
    for answer, steps in zip(answers, inputs, strict=True):
        assert len(answer["beginnings"]) == len(steps)
        for beginning in answer["beginnings"]:
            begun = steps[: beginning.pop("steps")]
            assert _describe(jobs_client, "rising", inputs=[begun]).json()["answers"] == [beginning]


@pytest.mark.parametrize(
    ("name", "inputs", "options"),
    [
        ("names", [["Ann", "fell", "in", "Bern"], {"text": "Bob met Ann."}, ["Go"]], {"n_best": 3, "top_labels": 4}),
        ("german", ["ein hund", "die katze schläft"], {"prefix": "a", "top_tokens": 3, "with_alignment": True}),
        ("german", ["ein hund"], {"prefix": [], "n_best": 2, "with_beam": True}),
    ],
)
def test_answers_with_options_are_those_of_each_input_alone(jobs_client, name, inputs, options):
    answer = _describe(jobs_client, name, inputs=inputs, **options)
    assert answer.status_code == 200, answer.text
    task = load(jobs_client.app.state.server.runs.get(name).path)
    with batch_invariant():
        alone = [task.describe([each], **options)[0] for each in inputs]
    assert answer.json() == {"answers": json.loads(json.dumps(alone))}


def test_a_language_model_writes_what_it_writes_alone(jobs_client, run):
    options = {"length": 30, "samples": 2, "seed": 4, "temperature": 0.8}
    answer = _describe(jobs_client, "fox", inputs=["the ", "a lazy "], **options).json()["answers"]
    assert [each["prompt"] for each in answer] == ["the ", "a lazy "]
    assert [[len(text) for text in each["texts"]] for each in answer] == [[30, 30], [30, 30]]
    assert _describe(jobs_client, "fox", inputs=["a lazy "], **options).json()["answers"] == answer[1:]
    greedy = _describe(jobs_client, "fox", inputs=["the "], length=20, greedy=True).json()["answers"]
    torch.set_num_threads(1)
    assert greedy == LanguageModel.load(run).describe(["the "], length=20, greedy=True)


@pytest.mark.parametrize("precision", ["int8", "bf16"])
def test_a_server_of_reduced_precision_writes_what_is_written_alone(precision, serve, run):
    options = {"length": 30, "seed": 4}
    with serve(run, precision=precision) as client:
        answer = _describe(client, "fox", inputs=["the ", "a lazy "], **options).json()["answers"]
    assert answer == LanguageModel.load(run).reduce_precision(precision).describe(["the ", "a lazy "], **options)


@pytest.mark.parametrize(
    ("name", "body", "param", "message"),
    [
        ("names", {"inputs": [["a"]], "top_k": 3}, "top_k", "top_k: expected one of inputs, n_best, top_labels, got"),
        ("names", {"inputs": ["a text"]}, "inputs.0", 'inputs.0: expected a list, got "a text"'),
        ("names", {"inputs": [["a", " "]]}, "inputs.0.1", "matches"),
        ("rising", {"inputs": [[[1, 2], [1, "2"]]]}, "inputs.0.1.1", "expected a number"),
        ("rising", {"inputs": [[]]}, "inputs.0", "a list of at least 1"),
        ("rising", {"inputs": [[[1]]]}, "inputs.0.0", "a list of 2"),
        ("german", {"inputs": ["a"], "n_best": 0}, "n_best", "n_best: expected a number of at least 1, got 0"),
        ("german", {"inputs": ["a"], "n_best": True}, "n_best", "a whole number"),
        ("german", {"inputs": ["a"], "prefix": ["a"]}, "prefix.0", "prefix.0: expected a whole number"),
        ("german", {"inputs": ["a"], "prefix": [0] * 8}, "prefix", "prefix: expected"),
        ("german", {"inputs": ["a"], "prefix": "§" * 9}, "inputs.0", "prefix: expected at most 7"),
        ("german", {"inputs": ["a"], "top_tokens": 101}, "top_tokens", "a number of at most 100, got 101"),
        ("names", {"inputs": [["a"]], "n_best": 21}, "n_best", "a number of at most 20, got 21"),
        ("names", {"inputs": [{"text": 1}]}, "inputs.0.text", "expected a text, got 1"),
        ("fox", {"inputs": ["a"], "length": 10**9}, "length", "at most 100,000 steps"),
        ("fox", {"inputs": ["§"]}, None, "expected characters that the model knows"),
        ("rising", {"inputs": [[[1, 2]]], "beginnings": 1001}, "beginnings", "at most 1000"),
        ("names", {"inputs": "a text"}, "inputs", "valid list"),
        ("names", {}, "inputs", "required"),
    ],
)
def test_what_the_signature_does_not_allow_is_refused_by_name(jobs_client, name, body, param, message):
    error = _refused(_describe(jobs_client, name, **body))
    assert message in error["message"]
    if param is not None:
        assert error["param"] == param


def test_numbers_that_are_not_finite_are_refused(jobs_client):
    content = '{"inputs": [[[NaN, 1]]]}'
    error = _refused(
        jobs_client.post("/v1/runs/rising/describe", content=content, headers={"content-type": "application/json"})
    )
    assert error["param"] == "inputs.0.0.0"


def test_an_unknown_run_is_told(jobs_client):
    assert _refused(_describe(jobs_client, "wolf", inputs=[]), 404)["code"] == "model_not_found"


def test_bounds_hold(serve, tagger_run):
    with serve(tagger_run, max_inputs=2, max_input_symbols=10) as client:
        assert _describe(client, "names", inputs=[["Ann"], ["fell"]]).status_code == 200
        assert _refused(_describe(client, "names", inputs=[["a"]] * 3))["code"] == "too_many_inputs"
        assert _refused(_describe(client, "names", inputs=[["a" * 11]]))["code"] == "too_long"
