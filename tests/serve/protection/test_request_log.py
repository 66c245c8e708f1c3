import logging

import pytest

SECRET = "a secret of the client"


@pytest.fixture
def lines(caplog):
    """What was noted of requests."""
    caplog.set_level(logging.INFO, "recurra.serve")
    return lambda: [record.fields for record in caplog.records if record.message == "request"]


def test_a_line_tells_what_became_of_a_request(client, lines):
    body = {"model": "fox", "prompt": "the ", "max_tokens": 7, "user": "ann"}
    answer = client.post("/v1/completions", json=body, headers={"x-request-id": "mine"})
    assert answer.headers["x-request-id"] == "mine"
    line = lines()[0]
    assert 0 < line.pop("seconds") < 60
    assert line == {
        "method": "POST",
        "path": "/v1/completions",
        "status": 200,
        "user": "ann",
        "symbols": 7,
        "client": "testclient",
    }


def test_a_stream_is_noted_when_it_has_ended(client, lines):
    client.post("/v1/completions", json={"model": "fox", "prompt": "t", "max_tokens": 9, "stream": True})
    assert lines()[0]["symbols"] == 9


def test_refusals_are_noted_and_have_an_id(client, lines):
    answer = client.post("/v1/completions", content=b"x")
    assert lines()[0]["status"] == answer.status_code == 415
    assert len(answer.headers["x-request-id"]) == 32


def test_nothing_of_what_a_client_sends_is_told(client, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.CRITICAL)
    headers = {"authorization": f"Bearer {SECRET}", "x-api-key": SECRET, "user-agent": SECRET}
    client.post("/v1/completions", json={"model": "fox", "prompt": SECRET, "stop": SECRET}, headers=headers)
    client.post("/v1/completions", json={"model": SECRET, "prompt": SECRET, SECRET: 1}, headers=headers)
    client.get(f"/v1/models/{SECRET}", headers=headers, params={"q": SECRET})
    client.get(f"/{SECRET}")
    ours = [record for record in caplog.records if record.name.startswith("recurra")]
    assert len(ours) >= 4
    assert not [record for record in ours if SECRET in str(vars(record)) or "secret" in str(vars(record))]
