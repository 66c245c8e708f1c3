import pytest

from recurra.serve.protection.api_keys import new_key


@pytest.fixture
def keys(tmp_path):
    """A file of the keys of two people, and the keys."""
    (ann, ann_line), (bob, bob_line) = new_key("ann"), new_key("bob")
    (tmp_path / "keys").write_text(f"{ann_line}\n{bob_line}:2\n")
    return tmp_path / "keys", ann, bob


def test_without_a_key_nothing_is_answered_but_health(run, serve, keys):
    with serve(run, api_keys=keys[0]) as client:
        assert client.get("/health").status_code == 200
        for path in ("/v1/models", "/openapi.json", "/nowhere", "/health/", "/metrics/"):
            assert client.get(path).status_code == 401
        answer = client.post("/v1/completions", content=b"rubbish")
        assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
        assert answer.json()["error"]["code"] == "missing_api_key"
        assert answer.headers["www-authenticate"] == 'Bearer realm="recurra"'


@pytest.mark.parametrize("form", ["Bearer {}", "bearer  {}"])
def test_a_key_opens_the_rest(run, serve, keys, form):
    with serve(run, api_keys=keys[0]) as client:
        assert client.get("/v1/models", headers={"authorization": form.format(keys[1])}).status_code == 200
        assert client.get("/v1/models", headers={"x-api-key": keys[1]}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer rk-wrong"},
        {"authorization": "Bearer"},
        {"authorization": "Basic YTpi"},
        {"x-api-key": "wrong"},
        {"x-api-key": ""},
        {"authorization": "Bearer é".encode()},
    ],
)
def test_another_key_opens_nothing(run, serve, keys, headers):
    with serve(run, api_keys=keys[0]) as client:
        answer = client.get("/v1/models", headers=headers)
        assert answer.status_code == 401
        assert "wrong" not in answer.text


def test_metrics_are_shown_to_whoever_has_a_key(run, serve, keys):
    with serve(run, api_keys=keys[0]) as client:
        assert client.get("/metrics").status_code == 403
        assert client.get("/metrics", headers={"x-api-key": "wrong"}).status_code == 401
        assert client.get("/metrics", headers={"x-api-key": keys[1]}).status_code == 200


def test_the_owner_of_a_key_is_noted(run, serve, keys, caplog):
    caplog.set_level("INFO", "recurra.serve")
    with serve(run, api_keys=keys[0]) as client:
        client.get("/v1/models", headers={"x-api-key": keys[1]})
        client.get("/v1/models", headers={"x-api-key": keys[2]})
    owners = [record.fields.get("owner") for record in caplog.records if record.message == "request"]
    assert owners == ["ann", "bob"]
    assert keys[1] not in caplog.text


def test_each_key_has_a_rate_of_its_own(run, serve, keys):
    with serve(run, api_keys=keys[0], requests_per_minute=4) as client:
        ann = [client.get("/v1/models", headers={"x-api-key": keys[1]}).status_code for _ in range(5)]
        bob = [client.get("/v1/models", headers={"x-api-key": keys[2]}).status_code for _ in range(3)]
    assert ann == [200] * 4 + [429]
    assert bob == [200] * 2 + [429]
