import base64

import pytest


@pytest.fixture
def client(serve, run, tagger_run, classifier_run, text_classifier_run, translator_run, tones_run, moves_run):
    with serve(run, tagger_run, classifier_run, text_classifier_run, translator_run, tones_run, moves_run) as client:
        yield client


def answer_of(response):
    assert response.status_code == 200, response.text
    return response.json()


def ask(client, name, inputs, **parameters):
    return client.post(f"/models/{name}", json={"inputs": inputs, "parameters": parameters})


def test_several_texts_are_answered_as_each_alone(client):
    for name, texts in (("topics", ["rain", "a goal"]), ("names", ["Ann met Bob.", ""]), ("german", ["ein hund", ""])):
        alone = [answer_of(ask(client, name, text)) for text in texts]
        expected = alone if name == "names" else [each for [each] in alone]
        assert answer_of(ask(client, name, texts)) == expected


def test_videos_are_classified(client, clip):
    content = clip.read_bytes()
    raw = answer_of(client.post("/models/moves", content=content, headers={"content-type": "video/webm"}))
    assert {each["label"] for each in raw} == {"left", "right"}
    assert raw == answer_of(ask(client, "moves", base64.b64encode(content).decode()))
    assert raw[:1] == answer_of(ask(client, "moves", base64.b64encode(content).decode(), top_k=1))


@pytest.mark.parametrize(
    ("name", "body", "param", "message"),
    [
        ("topics", {"inputs": "a", "parameters": {"top_k": 0}}, "parameters.top_k", "greater than or equal to 1"),
        ("topics", {"inputs": "a", "parameters": {"k": 1}}, "parameters.k", "not permitted"),
        ("topics", {"inputs": "a", "options": {}}, "options", "not permitted"),
        ("topics", {"inputs": "a", "stream": True}, "stream", "expected false of a classifier"),
        (
            "topics",
            {"inputs": "a", "parameters": {"function_to_apply": "sigmoid"}},
            "parameters.function_to_apply",
            "expected 'softmax', by which the run has learnt, got 'sigmoid'",
        ),
        ("rising", {"inputs": "a"}, "inputs.0", "expected a list"),
        ("fox", {"inputs": ["a"]}, "inputs", "expected one text, got several"),
        ("fox", {"inputs": "a", "parameters": {"repetition_penalty": 1.2}}, "parameters.repetition_penalty", "equal"),
        (
            "german",
            {"inputs": "a", "parameters": {"generate_parameters": {"top_p": 0.1}}},
            "parameters.generate_parameters.top_p",
            "not permitted",
        ),
        ("german", {"inputs": "a", "parameters": {"generate_parameters": {"num_beams": 0}}}, "beam_size", "at least 1"),
        ("tones", {"inputs": "§"}, "inputs", "expected one file in base64"),
        ("tones", {"inputs": "AAAA"}, "file", "file: expected a recording"),
        ("moves", {"inputs": "AAAA", "parameters": {"num_frames": 3}}, "parameters.num_frames", "not permitted"),
        ("topics", {}, "inputs", "required"),
        ("topics", [], None, "valid dictionary"),
    ],
)
def test_what_is_not_as_expected_is_refused_by_name(client, name, body, param, message):
    response = client.post(f"/models/{name}", json=body)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert message in error["message"]
    assert error["param"] == param


@pytest.mark.parametrize("name", ["fox", "names", "topics", "rising"])
def test_texts_are_no_files(client, tone, name):
    response = client.post(f"/models/{name}", content=tone.read_bytes(), headers={"content-type": "audio/wav"})
    assert response.status_code == 400
    assert "got a file" in response.json()["error"]["message"]


def test_rubbish_is_no_json(client):
    response = client.post("/models/topics", content=b"{", headers={"content-type": "application/json"})
    assert response.json()["error"]["code"] == "json_invalid"
