import pytest


@pytest.mark.parametrize("kind", ["127.0.0.1", "::1"])
def test_metrics_are_shown_on_this_machine_alone(client, kind):
    assert client.get("/metrics").status_code == 403  # of the test's client it is not known where it is
    client._transport.client = (kind, 1)
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_they_tell_what_the_server_does(client):
    client._transport.client = ("127.0.0.1", 1)
    client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "max_tokens": 20, "seed": 1})
    client.post("/v1/completions", json={"model": "fox", "prompt": "the ", "max_tokens": 5, "stream": True})
    client.get("/v1/models/a-name-that-a-client-chose")
    client.get("/path-that-a-client-chose")
    text = client.get("/metrics").text
    assert 'recurra_requests_total{method="POST",path="/v1/completions",status="200"} 2.0' in text
    assert 'recurra_requests_total{method="GET",path="/v1/models/{name}",status="404"} 1.0' in text
    assert 'recurra_requests_total{method="GET",path="none",status="404"} 1.0' in text
    assert "recurra_first_event_seconds_count 1.0" in text
    assert "recurra_symbols_total 25.0" in text
    assert "recurra_texts_open 0.0" in text
    assert "recurra_runs_ready 1.0" in text
    assert 'recurra_weights_loaded_total{run="fox"} 1.0' in text
    assert "that-a-client-chose" not in text
