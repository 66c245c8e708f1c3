import pickle

import pytest

from recurra import DataError
from recurra.serve.errors import ApiError, as_api_error
from recurra.serve.while_connected import ClientGone


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (404, "not_found_error"),
        (413, "invalid_request_error"),
        (429, "rate_limit_error"),
        (503, "service_unavailable_error"),
    ],
)
def test_an_error_has_the_form_that_clients_know(status, kind):
    error = ApiError(status, "top_p: expected less", "top_p", "too_much", {"Retry-After": "1"})
    content = {"message": "top_p: expected less", "type": kind, "param": "top_p", "code": "too_much"}
    assert error.content() == {"error": content}
    response = error.response()
    assert (response.status_code, response.headers["retry-after"]) == (status, "1")


def test_wrong_data_are_the_clients_fault():
    error = as_api_error(DataError("seed: expected a number"))
    assert (error.status, error.message, error.param) == (400, "seed: expected a number", "seed")
    assert as_api_error(DataError("file.txt:3: expected")).param is None


def test_nothing_of_an_internal_error_reaches_the_client(caplog):
    error = as_api_error(RuntimeError("/home/secret"))
    assert error.status == 500
    assert "secret" not in str(error.content())
    assert "secret" in caplog.text


def test_a_fault_of_the_body_is_named_by_its_field(client):
    answer = client.post("/v1/completions", json={"model": "fox", "prompt": "a", "max_tokens": "many"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["type"]) == ("max_tokens", "invalid_request_error")


def test_an_unexpected_error_is_answered_in_the_same_form(client, monkeypatch):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("recurra.serve.runs.Runs.get", fail)
    answer = client.get("/v1/models/fox")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "error", [ApiError(429, "too many", "n", "busy", {"Retry-After": "1"}), ClientGone()], ids=type
)
def test_an_error_goes_from_process_to_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
