import numpy as np
import pytest

from recurra import SequenceRegressor, load
from recurra.explain.attribution import attribution


def _attributions(client, name, **body):
    return client.post(f"/v1/runs/{name}/attributions", json=body)


def _error(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("topics", "rain and the team", "sport"),
        ("topics", "rain and the team", "weather"),
        ("topics", "", None),
        ("rising", [[0.1, 0.2], [0.3, 0.1], [0.9, 0.8]], "rising"),
    ],
)
def test_they_are_those_of_the_function(jobs_client, name, value, label):
    answer = _attributions(jobs_client, name, input=value, label=label)
    assert answer.status_code == 200, answer.text
    content = answer.json()
    [expected] = attribution(load(jobs_client.app.state.server.runs.get(name).path), [value], label).sequences
    assert content["inputs"] == expected.inputs
    assert content["output"] == expected.outputs[0] == (label or content["output"])
    np.testing.assert_allclose(content["values"], expected.matrix[0], rtol=1e-4, atol=1e-6)
    total = content["score"] - content["baseline_score"]
    assert sum(content["values"]) == pytest.approx(total, abs=1e-4)
    if name == "rising":
        assert np.sum(content["features"], 1) == pytest.approx(content["values"], abs=1e-4)
    else:
        assert content["features"] is None


def test_the_number_of_a_regressor_is_explained(serve, tmp_path):
    series = np.random.default_rng(0).normal(size=(20, 6, 1)).astype(np.float32)
    SequenceRegressor(hidden_size=4, epochs=2, threads=1).fit(series, series.sum((1, 2)), out=tmp_path / "sums")
    with serve(tmp_path / "sums") as client:
        content = _attributions(client, "sums", input=series[0, :, 0].tolist()).json()
        described = client.post("/v1/runs/sums/describe", json={"inputs": [series[0, :, 0].tolist()]}).json()
        assert content["score"] == pytest.approx(described["answers"][0]["answer"], abs=1e-4)
        assert content["output"] == "the number"
        assert _error(_attributions(client, "sums", input=[1, 2], label="a"))["code"] == "wrong_label"


def test_one_of_several_numbers_is_explained(serve, tmp_path):
    series = np.random.default_rng(0).normal(size=(20, 6, 1)).astype(np.float32)
    answers = np.stack([series.sum((1, 2)), series[:, 0, 0]], 1)
    SequenceRegressor(hidden_size=4, epochs=2, threads=1).fit(series, answers, out=tmp_path / "two")
    with serve(tmp_path / "two") as client:
        value = series[0, :, 0].tolist()
        [described] = client.post("/v1/runs/two/describe", json={"inputs": [value]}).json()["answers"]
        for label, number in (("0", 0), ("1", 1), (None, 0)):
            content = _attributions(client, "two", input=value, label=label).json()
            assert content["score"] == pytest.approx(described["answer"][number], abs=1e-4)
            assert content["output"] == f"number {number}"


def test_what_cannot_be_explained_is_refused(jobs_client):
    error = _error(_attributions(jobs_client, "topics", input="rain", label="snow"))
    assert error["message"] == "label: expected one of ['sport', 'weather'], got 'snow'"
    assert _error(_attributions(jobs_client, "topics", input=["rain"]))["param"] == "inputs.0"
    assert _error(_attributions(jobs_client, "names", input=["rain"]))["code"] == "wrong_job"
    assert _error(_attributions(jobs_client, "topics", input="rain", method="x"))["param"] == "method"


def test_long_inputs_are_refused(serve, text_classifier_run):
    with serve(text_classifier_run, max_state_symbols=3) as client:
        assert _attributions(client, "topics", input="rain and wind").status_code == 200
        error = _error(_attributions(client, "topics", input="rain and some wind"))
        assert error["message"] == "input: expected at most 3 steps, got 4"
