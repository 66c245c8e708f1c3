import json

import pytest
import torch

from recurra import DataError
from recurra.explain.compare.task import ComparedClassifier, ComparedRegressor


def fit(folder, **settings):
    chosen = {"task": "adding", "length": 8, "hidden_size": 4, "steps_per_epoch": 5, "epochs": 2}
    return ComparedRegressor(**chosen | settings).fit("adding", out=folder, progress=False)


def test_a_generated_task_is_trained_into_a_run_and_resumed(tmp_path):
    whole = fit(tmp_path / "whole", epochs=4, schedule="constant", warmup_steps=0)
    fit(tmp_path / "run", epochs=2, schedule="constant", warmup_steps=0)
    resumed = ComparedRegressor.resume(tmp_path / "run", epochs=4, progress=False)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [5, 10, 15, 20]
    weights = resumed.fitted_network().state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in whole.fitted_network().state_dict().items())


def test_lengths_that_grow_go_on_growing_in_a_run_that_is_resumed(tmp_path):
    def fit(epochs, folder):
        task = ComparedClassifier(
            network_name="bigru", task="ending", length=40, per_step=True, growing=True, hidden_size=16, epochs=epochs,
            steps_per_epoch=60, learning_rate=0.01, schedule="constant", warmup_steps=0, validation_sequences=50,
        )  # fmt: skip
        return task.fit("ending", out=tmp_path / folder, progress=False)

    whole = fit(4, "whole")
    fit(2, "run")
    resumed = ComparedClassifier.resume(tmp_path / "run", epochs=4, progress=False)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    lengths = [json.loads(line)["valid_length"] for line in lines]
    assert lengths[0] == 10
    assert lengths[-1] > lengths[1]
    weights = resumed.fitted_network().state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in whole.fitted_network().state_dict().items())


def test_a_training_stops_when_its_task_is_solved(tmp_path):
    task = ComparedClassifier(
        task="parity", length=2, hidden_size=16, steps_per_epoch=50, epochs=100, learning_rate=0.02, per_step=True
    ).fit("parity", out=tmp_path / "run", progress=False)
    records = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert len(records) < 100
    assert task.scores_["valid_loss"] <= 0.008
    assert "stopped early: valid_to_go" in (tmp_path / "run" / "train.log").read_text()


def test_sequences_of_a_person_are_cut(tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps({"x": [[i % 2]] * 9, "label": "ab"[i % 2]}) + "\n" for i in range(200)))
    network, data, held_out = ComparedClassifier(length=6, hidden_size=4).start(str(file))
    assert next(data.batches(0, 0, 0, 1)).inputs.shape[1] == held_out.profiled.inputs.shape[1] == 6
    assert held_out.chance_accuracy == 0.5
    assert held_out.chance_loss == pytest.approx(0.693, abs=1e-3)
    assert held_out.score(network).keys() == {"loss", "accuracy"}
    with pytest.raises(
        DataError, match=r"data.jsonl: expected sequences of at least 10 steps, .*got 9 in the longest$"
    ):
        ComparedClassifier(length=10, hidden_size=4).start(str(file))


def test_too_few_sequences_to_hold_some_out_are_refused(tmp_path):
    file = tmp_path / "data.jsonl"
    file.write_text("".join(json.dumps({"x": [[i % 2]] * 9, "label": "ab"[i % 2]}) + "\n" for i in range(50)))
    with pytest.raises(DataError, match="expected at least 100 sequences"):
        ComparedClassifier(length=6).start(str(file))
