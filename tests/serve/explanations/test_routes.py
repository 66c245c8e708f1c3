"""Explanations over HTTP, and who may have them."""

import json
import shutil

import pytest

from recurra import SequenceClassifier
from recurra.explain.report import PARTS
from recurra.serve.explanations.routes import PAGE_HEADERS

ALL = list(PARTS)
WRITE = "write()"


@pytest.fixture
def client(serve, run, classifier_run, series_run, stand_in):
    """A client of a server of "fox", "rising", which learnt from arrays, and "visits", which makes series."""
    stand_in(WRITE)
    with serve(run, classifier_run, series_run, real_samples="all") as client:
        yield client


def explain(client, name="fox", **body):
    return client.post(f"/v1/runs/{name}/explain", json=body)


def error(answer, status):
    assert answer.status_code == status, answer.text
    return answer.json()["error"]


def events(answer):
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]


def test_a_run_is_explained(client):
    answer = explain(client, parts=["memory", "gradients", "memory"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    content = answer.json()
    assert content["model"] == "fox"
    assert content["model_hash"] == client.get("/v1/models/fox").json()["hash"]
    assert content["parts"] == ["gradients", "memory"]
    assert content["report"]["memory"] == {"verdict": "good"}
    assert "attribution" not in content["report"]
    assert explain(client, parts=None).json()["parts"] == ALL


def test_the_report_is_a_page_in_a_sandbox(client):
    address = explain(client).json()["html"]
    page = client.get(address)
    assert page.status_code == 200
    assert page.text == "<p>page of fox"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert {name: page.headers[name] for name in PAGE_HEADERS} == PAGE_HEADERS
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts allow-downloads; default-src 'none';")
    assert "allow-same-origin" not in policy


@pytest.mark.parametrize(("report", "status"), [("0" * 64, 404), ("0" * 63, 400), ("..%2fsecret", 404)])
def test_there_are_no_other_reports(client, report, status):
    explain(client)
    error(client.get(f"/v1/reports/{report}"), status)


def test_events_tell_how_far_it_is(client):
    *steps, last = events(explain(client, stream=True))
    assert [(step["state"], step["part"]) for step in steps] == [
        ("opening", None),
        *(("measuring", part) for part in ALL),
        ("writing", None),
    ]
    assert all(step["seconds"] >= 0 for step in steps)
    assert last == {"explanation": explain(client).json()}
    assert events(explain(client, stream=True)) == [last]


def test_an_error_on_the_way_is_the_last_event(client, stand_in):
    stand_in("tell(part='gradients'); tell(fault='a secret')")
    *_, last = events(explain(client, stream=True))
    assert last["error"]["code"] == "internal_error"
    assert "secret" not in last["error"]["message"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"parts": []}, "parts"),
        ({"parts": ["weather"]}, "parts.0"),
        ({"parts": ALL * 2}, "parts"),
        ({"part": "memory"}, "part"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_what_is_not_known_is_refused_by_name(client, body, param):
    assert error(explain(client, **body), 400)["param"] == param


def test_what_makes_samples_is_not_explained(client):
    assert error(explain(client, "visits"), 400)["code"] == "wrong_job"
    assert error(explain(client, "none"), 404)["code"] == "model_not_found"


def test_a_run_that_names_no_data_says_what_to_do(client):
    fault = error(explain(client, "rising"), 409)
    assert fault["code"] == "unnamed"
    assert "train it on files" in fault["message"]


def test_data_that_are_gone_say_what_to_do(serve, tmp_path, stand_in):
    stand_in(WRITE)
    table = tmp_path / "table.csv"
    table.write_text("text,label\n" + "rain and wind,weather\na goal,sport\n" * 12)
    settings = {"hidden_size": 4, "epochs": 1, "threads": 1}
    SequenceClassifier(**settings).fit(table, out=tmp_path / "topics", progress=False)
    with serve(tmp_path / "topics", real_samples="all") as client:
        assert explain(client, "topics").status_code == 200
        table.unlink()
        fault = error(explain(client, "topics"), 409)
    assert fault["code"] == "gone"
    assert str(tmp_path) not in fault["message"]


@pytest.mark.parametrize("viewers", ["local", "none"])
def test_who_may_not_see_data_gets_no_explanation(serve, run, stand_in, viewers):
    stand_in(WRITE)
    with serve(run, real_samples=viewers) as client:  # the client's address is no address of this machine
        fault = error(explain(client), 403)
        assert fault["code"] == "not_shown"
        assert error(client.get(f"/v1/reports/{'0' * 64}"), 403)["code"] == "not_shown"


def test_a_run_that_may_tell_nothing_is_not_explained(serve, run, tmp_path, stand_in, monkeypatch):
    stand_in(WRITE)
    folder = shutil.copytree(run, tmp_path / "fox")
    with serve(folder, real_samples="all") as client:
        server = client.app.state.server
        monkeypatch.setattr(server.runs.get("fox").task.config, "epsilon", 1.0, raising=False)
        assert error(explain(client), 403)["code"] == "private"


def test_a_report_needs_no_key_but_an_explanation_does(serve, run, tmp_path, stand_in):
    from recurra.serve.protection.api_keys import new_key

    stand_in(WRITE)
    key, line = new_key("ann")
    (tmp_path / "keys").write_text(line + "\n")
    with serve(run, real_samples="all", api_keys=tmp_path / "keys") as client:
        assert error(explain(client), 401)["type"] == "authentication_error"
        headers = {"authorization": f"Bearer {key}"}
        address = client.post("/v1/runs/fox/explain", json={}, headers=headers).json()["html"]
        assert client.get(address).status_code == 200  # a browser that opens a link sends no key
