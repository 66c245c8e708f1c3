"""The loop, driven by a small language model: what it promises about repeating, resuming and stopping."""

import errno
import json
import math
import os
import pty
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import recurra
from recurra import (
    DataError,
    LanguageModel,
    SequenceClassifier,
    SequenceRegressor,
    Tagger,
    TrainingDiverged,
    Translator,
    VideoClassifier,
)
from recurra.training import checkpoint
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
    "two directions, bf16": {"bidirectional": True, "precision": "bf16"},
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


def test_a_killed_process_resumes_to_the_same_weights(text, tmp_path, forked):
    # many steps, so that the kill falls among them
    settings = SMALL | {"epochs": 10, "evaluate_every": 50}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()] + ["--checkpoint-seconds=0.0"]
    LanguageModel(**settings).fit(text, out=tmp_path / "whole", progress=False)
    killed = tmp_path / "killed"
    process = forked.start_command("train", "language-model", text, "--out", killed, *flags)
    run = RunFolder(killed)
    deadline = time.monotonic() + 120
    while not run.metrics_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.is_alive(), "the training was over before it could be killed"
    process.kill()
    process.join()
    assert len(run.metrics_file.read_text().splitlines()) < 10 * 30 // 50
    recurra.resume(killed, progress=False)
    assert _same(_weights(tmp_path / "whole"), _weights(killed))


def test_a_run_whose_checkpoint_is_gone_is_not_begun_anew(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    before = _weights(tmp_path / "run")
    for file in ("last/checkpoint.safetensors", "metrics.jsonl"):
        (tmp_path / "run" / file).unlink()
    with pytest.raises(DataError, match=r"checkpoint\.safetensors: expected the checkpoint of a training"):
        recurra.resume(tmp_path / "run", progress=False)
    assert _same(before, _weights(tmp_path / "run"))


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
                training.update.network.bias[0] = math.nan
        return step(training, batch)

    monkeypatch.setattr(Training, "_step", poison)
    lm = LanguageModel(**SMALL)
    with pytest.raises(TrainingDiverged, match=r"step 61: expected a finite loss .*Try a smaller learning_rate"):
        lm.fit(text, out=tmp_path / "run", progress=False)
    kept = _weights(tmp_path / "run")
    assert all(value.isfinite().all() for value in kept.values())
    assert _same(kept, lm.network.state_dict())
    saved = checkpoint.load_tree(tmp_path / "run" / "last" / "checkpoint.safetensors")
    assert all(value.isfinite().all() for value in saved["update"]["network"].values())


def test_early_stopping_ends_after_evaluations_without_progress(text):
    lm = LanguageModel(**SMALL | {"epochs": 50, "learning_rate": 1e-12, "early_stopping": 2, "optimizer": "sgd"})
    seen = []
    data_module = recurra.tasks.language_model.data.LanguageDataModule
    score = data_module.score

    def count(data, network):
        seen.append(1)
        return score(data, network)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_module, "score", count)
        lm.fit(text, progress=False)
    assert len(seen) < 10


def test_the_best_weights_are_kept_not_the_last(text, tmp_path, monkeypatch):
    lm = LanguageModel(**SMALL | {"epochs": 3})
    data = lm._prepare(text, None, is_new=True).data
    score, scores = type(data).score, []

    def worse_each_time(self, network):
        found = score(self, network)
        scores.append(found["valid_nats_per_token"])
        return found | {"valid_nats_per_token": scores[-1] + 10 * len(scores)}

    with monkeypatch.context() as patch:
        patch.setattr(type(data), "score", worse_each_time)
        lm.fit(text, out=tmp_path / "run", progress=False)
    assert len(scores) > 1
    assert scores[-1] != pytest.approx(scores[0], abs=1e-4)
    assert score(data, lm.network)["valid_nats_per_token"] == pytest.approx(scores[0], abs=1e-6)


def test_a_session_ends_after_its_minutes_and_the_next_goes_on_to_the_same_weights(text, tmp_path, capsys):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "whole", progress=False)
    LanguageModel(**SMALL, max_minutes=1e-9).fit(text, out=tmp_path / "run")
    assert f"to go on: recurra train --resume {tmp_path / 'run'}" in capsys.readouterr().err.replace("python -m ", "")
    (record,) = _records(tmp_path / "run")
    assert record["step"] == 1
    assert (tmp_path / "run" / "curves.html").exists()
    assert math.isfinite(recurra.load(tmp_path / "run").evaluate(text)["carried_nats_per_character"])
    sessions = 1
    while _records(tmp_path / "run")[-1]["step"] < _records(tmp_path / "whole")[-1]["step"]:
        if sessions == 3:
            _set(tmp_path / "run", max_minutes=0.0)
        recurra.resume(tmp_path / "run", progress=False)
        sessions += 1
    assert sessions == 4
    whole, run = (
        checkpoint.load_tree(RunFolder(tmp_path / name).last_file)["update"]["network"] for name in ("whole", "run")
    )
    assert _same(whole, run)


def _set(run: Path, **settings) -> None:
    """Change settings of a run."""
    config = json.loads((run / "config.json").read_text())
    del config["sha256"]
    config["settings"] |= settings
    (run / "config.json").write_text(json.dumps(config))


def _full_disk(monkeypatch, name: str, after: int) -> None:
    """Let writes of a file fail after so many, as on a full disk."""
    fsync, seen = os.fsync, []

    def failing(descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if f"/.{name}." in path:
            seen.append(path)
            if len(seen) > after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)


@pytest.mark.skipif(sys.platform != "linux", reason="which file is open is asked of Linux")
@pytest.mark.parametrize("name", ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl"])
def test_a_full_disk_names_the_file_and_the_training_goes_on_from_there(name, text, tmp_path, monkeypatch, capsys):
    settings = SMALL | {"evaluate_every": 20}
    LanguageModel(**settings).fit(text, out=tmp_path / "whole", progress=False)
    with monkeypatch.context() as patch:
        _full_disk(patch, name, after=2)
        with pytest.raises(DataError, match=f"{name}: expected a file that can be written, got: No space left"):
            LanguageModel(**settings).fit(text, out=tmp_path / "run")
    assert "to go on: " in capsys.readouterr().err
    assert not list((tmp_path / "run").rglob("*.part"))
    recurra.resume(tmp_path / "run", progress=False)
    for file in ("model.safetensors", "tokenizer.json"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "run" / file).read_bytes()
    trees = [checkpoint.load_tree(RunFolder(tmp_path / run).last_file) for run in ("whole", "run")]
    assert _same(trees[0]["update"]["network"], trees[1]["update"]["network"])
    whole, run = ([record | {"seconds": 0} for record in _records(tmp_path / run)] for run in ("whole", "run"))
    assert whole == run


@pytest.mark.skipif(sys.platform != "linux", reason="which file is open is asked of Linux")
def test_a_picture_that_cannot_be_written_ends_no_training(text, tmp_path, monkeypatch, capsys):
    _full_disk(monkeypatch, "curves.html", after=0)
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run")
    assert capsys.readouterr().err.count("curves.html: not drawn, the training goes on") == 1
    assert len(_records(tmp_path / "run")) == SMALL["epochs"]
    recurra.load(tmp_path / "run").evaluate(text)


def test_the_checkpoint_comes_before_the_scores_and_the_picture_last(text, tmp_path, monkeypatch):
    written = []
    replace = Path.replace

    def noted(path, target):
        written.append(Path(target).name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", noted)
    LanguageModel(**SMALL | {"epochs": 1}).fit(text, out=tmp_path / "run", progress=False)
    run = written[-4:]
    assert run == ["model.safetensors", "checkpoint.safetensors", "metrics.jsonl", "curves.html"]
    assert written.index("checkpoint.safetensors") < written.index("config.json")


def test_the_files_of_a_run_have_the_mode_that_the_umask_leaves(text, tmp_path):
    before = os.umask(0o022)
    try:
        LanguageModel(**SMALL | {"epochs": 1}).fit(text, out=tmp_path / "run", progress=False)
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o644"}


def test_a_run_made_with_more_threads_than_there_are_loads_and_resumes(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    _set(tmp_path / "run", threads=1024)
    config = json.loads((tmp_path / "run" / "config.json").read_text()) | {"threads": 4096}
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    assert recurra.load(tmp_path / "run").generate("the", 5, seed=1)
    recurra.resume(tmp_path / "run", progress=False).evaluate(text)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_closed_terminal_saves_as_other_signals_do(number, text, tmp_path):
    settings = SMALL | {"epochs": 500, "checkpoint_seconds": 1000.0}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "recurra", "train", "language-model", str(text), "--out", str(tmp_path / "run")]
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*command, *flags], stderr=theirs, start_new_session=True)
    os.close(theirs)
    while not (tmp_path / "run" / "metrics.jsonl").exists() and process.poll() is None:
        _drain(ours)
    if number == signal.SIGHUP:
        os.close(ours)  # what is written from now on fails
    process.send_signal(number)
    if number != signal.SIGHUP:
        said = b""
        while process.poll() is None:
            said += _drain(ours)
        said += _drain(ours)
        os.close(ours)
        assert f"train --resume {tmp_path / 'run'}".encode() in said.replace(b"\r\n", b"")
    assert process.wait(60) == 130
    log = (tmp_path / "run" / "train.log").read_text()
    step = int(re.search(r"interrupted at step (\d+); all is saved", log)[1])
    assert checkpoint.load_tree(RunFolder(tmp_path / "run").last_file)["position"]["step"] == step


def _drain(terminal: int) -> bytes:
    """Read what a terminal shows, for a moment."""
    ready, _, _ = select.select([terminal], [], [], 0.05)
    try:
        return os.read(terminal, 1 << 16) if ready else b""
    except OSError:  # nobody writes to it any more
        return b""


def test_what_a_killed_training_left_half_written_is_gone_after_the_next_start(text, tmp_path):
    LanguageModel(**SMALL).fit(text, out=tmp_path / "run", progress=False)
    parts = [
        tmp_path / "run" / name for name in (".model.safetensors.7.8.part", "last/.checkpoint.safetensors.7.8.part")
    ]
    for begin in (
        lambda: recurra.resume(tmp_path / "run", progress=False),
        lambda: LanguageModel(**SMALL).fit(text, out=tmp_path / "run", overwrite=True, progress=False),
    ):
        for part in parts:
            part.write_text("half")
        begin()
        assert not any(part.exists() for part in parts)


def test_a_training_killed_before_it_had_said_that_it_began_may_be_begun_again(text, tmp_path):
    (tmp_path / "run" / "last").mkdir(parents=True)
    (tmp_path / "run" / "last" / "..begun.7.8.part").write_text("")
    LanguageModel(**SMALL | {"epochs": 1}).fit(text, out=tmp_path / "run", progress=False)


JOBS = {
    "classifier": (SequenceClassifier, {"input_dropout": 0.1, "noise": 0.1, "class_weight": "balanced"}),
    "regressor": (SequenceRegressor, {}),
    "tagger": (Tagger, {"token_dropout": 0.3}),
    "translator": (Translator, {"token_dropout": 0.2, "scheduled_sampling": 0.5, "source": "de", "target": "en"}),
    "language-model": (LanguageModel, {"token_dropout": 0.1, "reset_probability": 0.1, "zoneout": 0.1}),
    "video": (VideoClassifier, {"signal_dropout": 0.5, "channels": 2, "average_decay": 0.9}),
}


def _task(job: str, folder: Path, seed: int = 1):
    """Make a small task, and data for it."""
    kind, settings = JOBS[job]
    task = kind(**{"hidden_size": 8, "epochs": 2, "batch_size": 16, "dropout": 0.3, "seed": seed} | settings)
    if job == "language-model":
        (folder / "text.txt").write_text("the quick brown fox jumps over the lazy dog, and rests.\n" * 30)
        return task.set_params(batch_size=4, sequence_length=10), folder / "text.txt"
    sentences = [["the", "cat", "ran"][: 1 + n % 3] for n in range(40)]
    if job == "tagger":
        (folder / "vectors.txt").write_text("cat 0.1 0.2 0.3\nthe 0.5 -0.1 0.4\n")
        lines = ["".join(f"{word} {word[0].upper()}\n" for word in sentence) for sentence in sentences]
        (folder / "words.conll").write_text("\n".join(lines))
        return task.set_params(vectors=str(folder / "vectors.txt")), folder / "words.conll"
    if job == "translator":
        lines = [" ".join(sentence) for sentence in sentences]
        for suffix, texts in (("de", lines), ("en", [line.upper() for line in lines])):
            (folder / f"pairs.{suffix}").write_text("\n".join(texts) + "\n")
        return task, [str(folder / "pairs.de"), str(folder / "pairs.en")]
    draw = np.random.default_rng(0)
    if job == "video":
        signals = {
            "depth": draw.integers(256, size=(40, 5, 8, 8), dtype=np.uint8),
            "inertial": draw.normal(size=(40, 9, 6)),
        }
        np.savez(folder / "clips.npz", y=np.array(["a", "b"] * 20), **signals)
        return task, folder / "clips.npz"
    rows = [[*(5 + draw.normal(size=6)), ("up" if n % 4 else "down") if job == "classifier" else n] for n in range(120)]
    table = folder / f"{job}.csv"
    header = "a,b,c,d,e,f,label"
    table.write_text("\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n")
    return task, table


def _fit(job: str, folder: Path, seed: int = 1) -> dict[str, torch.Tensor]:
    """Train a small model of a job; give its weights."""
    task, data = _task(job, folder, seed)
    return task.fit(data, progress=False).network.state_dict()


@pytest.mark.parametrize("job", JOBS)
def test_a_training_killed_as_soon_as_its_folder_holds_a_run_resumes_to_the_same_weights(job, tmp_path, monkeypatch):
    write_config = RunFolder.write_config

    def copied(run, *arguments):
        write_config(run, *arguments)
        shutil.copytree(run.path, tmp_path / "killed")  # what a kill at this moment leaves

    monkeypatch.setattr(RunFolder, "write_config", copied)
    task, data = _task(job, tmp_path)
    task.fit(data, out=tmp_path / "whole", progress=False)
    resumed = recurra.resume(tmp_path / "killed", progress=False)
    assert _same(_weights(tmp_path / "whole"), _weights(tmp_path / "killed"))
    assert _same(task.network.state_dict(), resumed.network.state_dict())


@pytest.mark.parametrize("job", JOBS)
def test_a_training_leaves_the_random_generators_as_they_were(job, tmp_path):
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    expected = torch.rand(1), np.random.rand(), random.random()  # noqa: NPY002
    for seed in (1, 2):
        torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
        _fit(job, tmp_path, seed)
        assert (torch.rand(1), np.random.rand(), random.random()) == expected  # noqa: NPY002


def test_what_others_draw_changes_no_training(tmp_path):
    torch.manual_seed(3)
    first = _fit("classifier", tmp_path)
    torch.rand(7)
    assert _same(first, _fit("classifier", tmp_path))


def test_a_training_leaves_the_number_of_threads_as_it_was(text):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    LanguageModel(**SMALL | {"threads": 1, "epochs": 1}).fit(text, progress=False)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_trainings_in_threads_at_once_end_as_each_alone(tmp_path):
    work = [(job, seed, tmp_path / f"{job} {seed}") for job in JOBS for seed in (1, 2)]
    for _, _, folder in work:
        folder.mkdir()
    alone = [_fit(job, folder, seed) for job, seed, folder in work]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: _fit(each[0], each[2], each[1]), work))
    assert all(_same(a, b) for a, b in zip(alone, together, strict=True))
