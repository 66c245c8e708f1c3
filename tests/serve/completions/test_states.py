import base64

import numpy as np
import pytest

import recurra


def asked(client, **body):
    return client.post("/v1/runs/fox/states", json=body)


def values_of(answer):
    values = np.frombuffer(base64.b64decode(answer["values"]), dtype=np.int8)
    return values.reshape(len(answer["symbols"]), answer["units"]) * answer["scale"] / 127


def test_states_are_those_of_the_model_to_a_byte(client, run):
    answer = asked(client, text="the quick").json()
    assert "".join(answer["symbols"]) == "the quick"
    expected = recurra.load(run).features("the quick").numpy()
    assert values_of(answer).shape == expected.shape
    assert np.abs(values_of(answer) - expected).max() <= answer["scale"] / 127 / 2 + 1e-6


def test_the_first_symbols_can_be_skipped(client):
    whole, end = asked(client, text="the quick").json(), asked(client, text="the quick", skip=4).json()
    assert "".join(end["symbols"]) == "quick"
    np.testing.assert_allclose(values_of(end), values_of(whole)[4:], atol=2 * whole["scale"] / 127)


def test_nothing_is_left_when_all_symbols_are_skipped(client):
    answer = asked(client, text="the", skip=3).json()
    assert (answer["symbols"], answer["values"], answer["scale"]) == ([], "", 1.0)


@pytest.mark.parametrize(("body", "param"), [({"text": ""}, "text"), ({"text": "é"}, "text"), ({}, "text")])
def test_what_cannot_be_read_is_refused(client, body, param):
    answer = asked(client, **body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_a_text_that_is_too_long_is_refused(serve, run):
    with serve(run, max_state_symbols=5) as client:
        assert asked(client, text="the q").status_code == 200
        refused = asked(client, text="the qu")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "text_too_long"


def test_a_run_that_is_not_there_is_not_found(client):
    assert client.post("/v1/runs/cat/states", json={"text": "a"}).status_code == 404
