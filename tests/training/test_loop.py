"""The loop, driven by a small language model: what it promises about repeating, resuming and stopping."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import DataError, LanguageModel, TrainingDiverged
from recurra.training.loop import Training
from recurra.training.run import RunFolder

SMALL = {
    "hidden_size": 12,
    "num_layers": 1,
    "batch_size": 4,
    "sequence_length": 10,
    "epochs": 3,
    "dropout": 0.3,
    "weight_dropout": 0.2,
    "threads": 1,
    "warmup_steps": 2,
}


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("the quick brown fox jumps over the lazy dog, and rests.\n" * 30)
    return path


def _weights(folder) -> dict[str, torch.Tensor]:
    return load_file(Path(folder) / "model.safetensors")


def _records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def _same(one, other) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one) and one.keys() == other.keys()


def test_learning_brings_the_loss_down(text):
    lm = LanguageModel(**SMALL | {"epochs": 8, "dropout": 0.0, "learning_rate": 0.02}).fit(text, progress=False)
    untrained = LanguageModel(**SMALL | {"epochs": 1, "learning_rate": 1e-9}).fit(text, progress=False)
    name = "carried_nats_per_character"
    assert lm.evaluate(text)[name] < 0.6 * untrained.evaluate(text)[name]


def test_two_identical_trainings_give_identical_weights(text, tmp_path):
    for out in ("a", "b"):
        LanguageModel(**SMALL).fit(text, out=tmp_path / out, progress=False)
    assert _same(_weights(tmp_path / "a"), _weights(tmp_path / "b"))
    LanguageModel(**SMALL | {"seed": 2}).fit(text, out=tmp_path / "c", progress=False)
    assert not _same(_weights(tmp_path / "a"), _weights(tmp_path / "c"))


VARIANTS = {
    "adamw": {},
    "adam, plateau": {"optimizer": "adam", "schedule": "plateau", "learning_rate": 0.5, "weight_decay": 1e-4},
    "sgd with momentum": {"optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.1, "schedule": "constant"},
    "asgd": {"optimizer": "asgd", "learning_rate": 5.0, "schedule": "constant"},
    "running average, cells step by step": {"average_decay": 0.9, "zoneout": 0.1, "cell": "gru"},
    "two directions, bf16": {"direction": "both", "precision": "bf16"},
}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_training_stopped_in_mid_epoch_and_resumed_ends_with_the_same_weights(variant, text, tmp_path, monkeypatch):
    settings = SMALL | VARIANTS[variant] | {"evaluate_every": 7}
    LanguageModel(**settings).fit(text, out=tmp_path / "whole", progress=False)
    steps = _records(tmp_path / "whole")[-1]["step"]
    step = Training._step
    for stop_at in (1, steps // 2, steps - 1):
        out = tmp_path / f"stopped {stop_at}"

        def interrupted(training, batch, stop_at=stop_at):
            loss = step(training, batch)
            if training.position.step == stop_at:
                os.kill(os.getpid(), signal.SIGTERM)
            return loss

        monkeypatch.setattr(Training, "_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            LanguageModel(**settings).fit(text, out=out, progress=False)
        monkeypatch.setattr(Training, "_step", step)
        recurra.resume(out, progress=False)
        assert _same(_weights(tmp_path / "whole"), _weights(out))
        whole, resumed = (
            [record | {"seconds": None} for record in _records(folder)] for folder in (tmp_path / "whole", out)
        )
        assert whole == resumed


def test_a_killed_process_resumes_to_the_same_weights(text, tmp_path):
    command = [sys.executable, "-m", "recurra", "train", "language-model", str(text)]
    # many steps, so that the kill falls among them
    settings = SMALL | {"epochs": 20, "checkpoint_seconds": 0.0, "evaluate_every": 50}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    LanguageModel(**settings).fit(text, out=tmp_path / "whole", progress=False)
    killed = tmp_path / "killed"
    process = subprocess.Popen([*command, "--out", str(killed), *flags], stderr=subprocess.DEVNULL)
    run = RunFolder(killed)
    deadline = time.monotonic() + 120
    while not run.metrics_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "the training was over before it could be killed"
    process.kill()
    process.wait()
    assert len(run.metrics_file.read_text().splitlines()) < 20 * 30 // 50
    recurra.resume(killed, progress=False)
    assert _same(_weights(tmp_path / "whole"), _weights(killed))


def test_a_run_without_a_checkpoint_resumes_from_its_start(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    whole = _weights(tmp_path / "run")
    for file in ("last/checkpoint.safetensors", "metrics.jsonl"):
        (tmp_path / "run" / file).unlink()
    recurra.resume(tmp_path / "run", progress=False)
    assert _same(whole, _weights(tmp_path / "run"))


def test_a_finished_run_resumes_to_itself(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    resumed = recurra.resume(tmp_path / "run", progress=False)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before
    assert resumed.generate("the", 5, seed=1) == recurra.load(tmp_path / "run").generate("the", 5, seed=1)


def test_resuming_with_changed_data_is_refused(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    text.write_text(text.read_text().upper())
    with pytest.raises(DataError, match=r"text\.txt: expected the data that .* was begun with"):
        recurra.resume(tmp_path / "run", progress=False)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_best_weights(text, tmp_path, monkeypatch):
    step = Training._step

    def poison(training, batch):
        if training.position.step == 60:
            with torch.no_grad():
                training.network.bias[0] = math.nan
        return step(training, batch)

    monkeypatch.setattr(Training, "_step", poison)
    lm = LanguageModel(**SMALL)
    with pytest.raises(TrainingDiverged, match=r"step 61: expected a finite loss .*Try a smaller learning_rate"):
        lm.fit(text, out=tmp_path / "run", progress=False)
    kept = _weights(tmp_path / "run")
    assert all(value.isfinite().all() for value in kept.values())
    assert _same(kept, lm.network.state_dict())
    checkpoint = recurra.training.checkpoint.load_tree(tmp_path / "run" / "last" / "checkpoint.safetensors")
    assert all(value.isfinite().all() for value in checkpoint["network"].values())


def test_early_stopping_ends_after_evaluations_without_progress(text):
    lm = LanguageModel(**SMALL | {"epochs": 50, "learning_rate": 1e-12, "early_stopping": 2, "optimizer": "sgd"})
    seen = []
    evaluate = recurra.tasks.language_network.LanguageLesson.evaluate

    def count(lesson, network):
        seen.append(1)
        return evaluate(lesson, network)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recurra.tasks.language_network.LanguageLesson, "evaluate", count)
        lm.fit(text, progress=False)
    assert len(seen) < 10


def test_the_best_weights_are_kept_not_the_last(text, tmp_path, monkeypatch):
    lm = LanguageModel(**SMALL | {"epochs": 3})
    lesson, _ = lm._prepare(text, None)
    own, scores = type(lesson).evaluate, []

    def worse_each_time(self, network):
        score = own(self, network)
        scores.append(score["valid_nats_per_token"])
        return score | {"valid_nats_per_token": scores[-1] + 10 * len(scores)}

    with monkeypatch.context() as patch:
        patch.setattr(type(lesson), "evaluate", worse_each_time)
        lm.fit(text, out=tmp_path / "run", progress=False)
    assert len(scores) > 1
    assert scores[-1] != pytest.approx(scores[0], abs=1e-4)
    assert own(lesson, lm.network)["valid_nats_per_token"] == pytest.approx(scores[0], abs=1e-6)


def test_two_processes_learn_what_one_learns(text, tmp_path):
    settings = SMALL | {"dropout": 0.0, "weight_dropout": 0.0, "evaluate_every": 1, "epochs": 1, "device": "cpu"}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes=2", "--cpu", "--num_machines=1"]
    launch += ["--mixed_precision=no", "--dynamo_backend=no", "--num_cpu_threads_per_process=1"]
    train = ["-m", "recurra", "train", "language-model", str(text), *flags]
    LanguageModel(**settings).fit(text, out=tmp_path / "one", progress=False)
    done = subprocess.run(
        [*launch, *train, "--out", str(tmp_path / "two")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    one, two = _records(tmp_path / "one"), _records(tmp_path / "two")
    assert len(one) == len(two) > 20
    for a, b in zip(one, two, strict=True):
        assert a["train_loss"] == pytest.approx(b["train_loss"], abs=1e-5)
        assert a["valid_nats_per_token"] == pytest.approx(b["valid_nats_per_token"], abs=1e-5)
