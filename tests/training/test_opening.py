"""Runs that are broken or forged: each is refused in one line that names a file, before memory is taken."""

import hashlib
import json
import os
import resource
import shutil

import numpy as np
import pytest
import torch

import recurra
from recurra import (
    ClipGAN,
    DataError,
    LanguageModel,
    SequenceClassifier,
    SequenceRegressor,
    Tagger,
    Translator,
    VideoClassifier,
)
from recurra.data.files import tensor_file

FEW = {"epochs": 1, "threads": 1, "hidden_size": 6}
STREAM = {"num_layers": 1, "sequence_length": 5, "batch_size": 2}


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A trained run of each job."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "t.txt").write_text("one two three four five\n" * 20)
    (folder / "t.tsv").write_text("".join(f"{'ab'[i % 2]}\tword{i % 5} more\n" for i in range(30)))
    (folder / "t.conll").write_text("Ann B-PER\nsings O\n\nBob B-PER\nruns O\n\n" * 10)
    (folder / "pairs.tsv").write_text("".join(f"w{i % 5} a\ta w{i % 5}\n" for i in range(30)))
    rng = np.random.default_rng(0)
    np.savez(folder / "x.npz", X=rng.normal(size=(20, 5, 2)), y=np.array(["a", "b"] * 10))
    np.savez(folder / "n.npz", X=rng.normal(size=(20, 5, 2)), y=rng.normal(size=20))
    LanguageModel(**FEW, **STREAM).fit(folder / "t.txt", out=folder / "language-model", progress=False)
    SequenceClassifier(**FEW).fit(folder / "x.npz", out=folder / "classifier", progress=False)
    SequenceClassifier(**FEW).fit(folder / "t.tsv", out=folder / "texts", progress=False)
    SequenceRegressor(**FEW).fit(folder / "n.npz", out=folder / "regressor", progress=False)
    Tagger(**FEW).fit(folder / "t.conll", out=folder / "tagger", progress=False)
    Translator(**FEW, tokenizer="word").fit(folder / "pairs.tsv", out=folder / "translator", progress=False)
    video = rng.integers(256, size=(20, 4, 8, 8, 3), dtype=np.uint8)
    np.savez(folder / "v.npz", video=video, y=np.array(["a", "b"] * 10))
    VideoClassifier(**FEW, channels=2, frame_size=8).fit(folder / "v.npz", out=folder / "video", progress=False)
    sizes = {"frame_size": 16, "clip_length": 4, "generator_channels": 4, "image_channels": 2, "video_channels": 2}
    ClipGAN(**FEW, **sizes, compared_clips=8).fit(folder / "v.npz", out=folder / "clip-gan", progress=False)
    return folder


JOBS = ["language-model", "classifier", "texts", "regressor", "tagger", "translator", "video", "clip-gan"]


@pytest.fixture
def copy(originals, tmp_path):
    """A function that copies a run, to be broken."""
    return lambda job: shutil.copytree(originals / job, tmp_path / job)


def _refused(run, file: str, *words: str) -> None:
    """Opening a run is refused in one line that names the file, and takes no memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError) as error:
        recurra.load(run)
    message = str(error.value)
    assert message.startswith(f"{run / file}")
    assert " expected " in message
    assert "\n" not in message
    assert len(message) < 600
    for word in words:
        assert word in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # kB


def _change(run, change, file: str = "config.json", sums: bool = False) -> None:
    """Change a JSON file; on demand make its checksum anew, as somebody would who means harm."""
    content = json.loads((run / file).read_text())
    change(content)
    (run / file).write_text(json.dumps(content))
    if sums and file != "config.json":
        checksum = hashlib.sha256((run / file).read_bytes()).hexdigest()
        _change(run, lambda config: config["files"].update({file: checksum}), sums=True)
    elif sums:
        _change(run, lambda config: config.pop("sha256", None))


@pytest.mark.parametrize("job", JOBS)
def test_a_run_opens_with_all_of_its_network_in_memory(job, originals):
    network = recurra.load(originals / job).network
    assert not any(value.is_meta for value in [*network.parameters(), *network.buffers()])
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_opening_a_run_draws_no_random_number(originals):
    state = torch.get_rng_state()
    for job in JOBS:
        recurra.load(originals / job)
    assert torch.equal(torch.get_rng_state(), state)


# --- settings that do not fit the weights -----------------------------------------------------------------------------


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize(("name", "value"), [("hidden_size", 20_000), ("num_layers", 2_000_000), ("num_layers", 900)])
def test_a_network_that_is_larger_than_its_weights_is_refused_before_it_is_built(job, name, value, copy):
    run = copy(job)
    _change(run, lambda config: config["settings"].update({name: value}), sums=True)
    _refused(run, "")  # the file of settings, where no network may be that large, or that of weights


@pytest.mark.parametrize("job", JOBS)
def test_sizes_that_no_tensor_has_are_refused(job, copy):
    run = copy(job)
    for size in (10**10, 10**18, 10**30):
        _change(run, lambda config, size=size: config["settings"].update(hidden_size=size), sums=True)
        _refused(run, "config.json")


@pytest.mark.parametrize("job", ["classifier", "regressor"])
def test_more_features_than_the_weights_have_are_refused(job, copy):
    run = copy(job)
    _change(run, lambda labels: labels["inputs"].update(features=10**7), "labels.json", sums=True)
    _refused(run, "labels.json", "two numbers of each feature")
    _change(run, lambda labels: labels.pop("ranges"), "labels.json", sums=True)
    _refused(run, "model.safetensors", "10000000")


@pytest.mark.parametrize(
    "ranges", [{}, [[0, 1]], [[0], [1]], [[1, 0], [0, 1]], [[0, "1"], [0, 1]], [[0, float("nan")]] * 2]
)
def test_ranges_that_are_none_are_refused(copy, ranges):
    run = copy("classifier")
    _change(run, lambda labels: labels.update(ranges=ranges), "labels.json", sums=True)
    _refused(run, "labels.json")


def test_more_labels_than_a_tagger_can_have_are_refused(copy):
    run = copy("tagger")
    many = [f"B-{i}" for i in range(20_000)]
    _change(run, lambda labels: next(iter(labels["columns"].values())).update(labels=many), "labels.json", sums=True)
    _refused(run, "labels.json", "10,000")


# --- config.json ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["task", "settings", "data", "versions", "threads", "files"])
def test_a_missing_or_wrong_entry_is_named(entry, copy):
    run = copy("language-model")
    for value in (3.5, "text", [], None):
        if not (entry == "task" and value == "text"):
            _change(run, lambda config, value=value: config.update({entry: value}))
            _refused(run, "config.json", entry)
    _change(run, lambda config: config.pop(entry))
    _refused(run, "config.json", entry)


def test_unknown_entries_and_settings_are_named(copy):
    run = copy("classifier")
    _change(run, lambda config: config["settings"].update(hiden_size=3))
    _refused(run, "config.json", "hiden_size")
    run = copy("tagger")
    _change(run, lambda config: config.update(more=3))
    _refused(run, "config.json", "more")


@pytest.mark.parametrize("value", [None, "8", 8.5, True, [8], {"a": 1}, -1, 10**400])
@pytest.mark.parametrize("job", ["language-model", "classifier"])
def test_a_setting_of_another_type_is_named(job, value, copy):
    run = copy(job)
    _change(run, lambda config: config["settings"].update(hidden_size=value), sums=True)
    _refused(run, "config.json")


@pytest.mark.parametrize(("name", "value"), [("dropout", 0.4), ("epochs", 9), ("tokenizer", "word"), ("seed", 3)])
def test_a_setting_that_was_changed_is_noticed(name, value, copy):
    run = copy("language-model")
    _change(run, lambda config: config["settings"].update({name: value}))
    _refused(run, "config.json", "remove the line")
    _change(run, lambda config: config.pop("sha256"))
    assert recurra.load(run).get_params()[name] == value


def test_threads_and_device_may_be_changed_by_hand(copy):
    run = copy("language-model")
    _change(run, lambda config: config["settings"].update(threads=2, device="cpu"))
    _change(run, lambda config: config.update(threads=2))
    assert recurra.load(run).get_params()["threads"] == 2


# --- every file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", JOBS)
def test_a_changed_letter_in_any_file_is_refused(job, copy):
    run = copy(job)
    for file in sorted(path for path in run.glob("*.json")):
        content = file.read_bytes()
        for old, new in ((b"o", b"p"), (b"e", b"i"), (b"1", b"0")):
            at = content.rfind(old)
            if at >= 0 and b'"versions"' not in content[at - 300 : at]:
                file.write_bytes(content[:at] + new + content[at + 1 :])
                with pytest.raises(DataError, match=f"^{run}"):
                    recurra.load(run)
        file.write_bytes(content)
    recurra.load(run)


@pytest.mark.parametrize("job", JOBS)
def test_a_flipped_bit_in_weights_is_refused(job, copy):
    run = copy(job)
    content = (run / "model.safetensors").read_bytes()
    for place in np.random.default_rng(0).integers(len(content) // 2, len(content), 20):
        broken = bytearray(content)
        broken[place] ^= 1 << int(place) % 8
        (run / "model.safetensors").write_bytes(broken)
        _refused(run, "model.safetensors", "checksum")


def test_weights_learnt_with_other_labels_are_refused(copy, originals, tmp_path):
    np.savez(tmp_path / "x.npz", X=np.random.default_rng(0).normal(size=(20, 5, 2)), y=np.array(["b", "c"] * 10))
    SequenceClassifier(**FEW).fit(tmp_path / "x.npz", out=tmp_path / "other", progress=False)
    run = copy("classifier")
    for file in ("model.safetensors", "last/checkpoint.safetensors"):
        shutil.copyfile(tmp_path / "other" / file, run / file)
    _refused(run, "model.safetensors", "labels and symbols of this run")
    shutil.copyfile(originals / "classifier" / "model.safetensors", run / "model.safetensors")
    with pytest.raises(DataError, match=r"last/checkpoint\.safetensors: expected what was learnt with the labels"):
        recurra.resume(run, progress=False)


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large", "gone", "empty", "deep"])
def test_what_is_no_plain_file_is_refused_by_name(job, kind, copy):
    run = copy(job)
    for file in [path for path in run.iterdir() if path.suffix in (".json", ".safetensors")]:
        aside = file.with_name("aside")
        file.rename(aside)
        if kind == "pipe":
            os.mkfifo(file)
        elif kind == "device":
            file.symlink_to("/dev/zero")
        elif kind == "folder":
            file.mkdir()
        elif kind in ("large", "empty"):
            file.touch()
            os.truncate(file, (10 << 30) * (kind == "large"))
        elif kind == "deep":
            file.write_text("[" * 100_000)
        if file.name != "config.json" or kind != "gone":
            _refused(run, file.name)
        if kind == "folder":
            file.rmdir()
        elif kind != "gone":
            file.unlink()
        aside.rename(file)


# --- labels, words ----------------------------------------------------------------------------------------------------


WRONG_LABELS = {
    "another kind": {"kind": "other"},
    "labels that are a text": {"labels": "abc"},
    "a label twice": {"labels": ["a", "a"]},
    "no labels": {"labels": []},
    "a list for a label": {"labels": [["a"], ["b"]]},
    "a truth that is a number": {"per_step": 1},
    "means of classes": {"mean": [0.0], "scale": [1.0]},
    "an unknown entry": {"more": 1},
    "answers at every step": {"per_step": True},
}


@pytest.mark.parametrize("change", WRONG_LABELS.values(), ids=WRONG_LABELS)
def test_answers_of_another_form_are_refused(change, copy):
    run = copy("classifier")
    _change(run, lambda labels: labels["answers"].update(change), "labels.json", sums=True)
    _refused(run, "labels.json")


@pytest.mark.parametrize("scale", [[0.0], [-1.0], [1.0, 1.0], ["1"], [None], [[1.0]], 1.0])
def test_scales_that_are_none_are_refused(scale, copy):
    run = copy("regressor")
    _change(run, lambda labels: labels["answers"].update(scale=scale), "labels.json", sums=True)
    _refused(run, "labels.json")


@pytest.mark.parametrize("value", [None, 3, "abc", [], [3], {"a": 1}, ["a", ["b"]]])
def test_words_and_labels_of_a_tagger_of_another_form_are_refused(value, copy):
    run = copy("tagger")
    _change(run, lambda words: words.update(words=value), "words.json", sums=True)
    _refused(run, "words.json")
    run = shutil.copytree(run, run.with_name("labels"))
    _change(run, lambda labels: labels["columns"].update({"another": value}), "labels.json", sums=True)
    _refused(run, "labels.json")


# --- checkpoints ------------------------------------------------------------------------------------------------------


def _write_tree(file, change, forged: bool) -> None:
    tensors, header = tensor_file.read(file, "a checkpoint")
    metadata = dict(header.metadata)
    tree = json.loads(metadata["recurra"])
    change(tree, tensors)
    metadata["recurra"] = json.dumps(tree)
    if forged:
        metadata.pop("checksum")
    tensor_file.write(file, tensors, metadata)


TREES = {
    "no position": lambda tree, tensors: tree["dict"].pop(0),
    "no processes": lambda tree, tensors: tree["dict"].pop(),
    "a position of another training": lambda tree, tensors: tree["dict"][0][1]["dict"].pop(),
    "a position that is a text": lambda tree, tensors: tree["dict"][0][1]["dict"][0].__setitem__(1, {"value": "1"}),
    "a weight less": lambda tree, tensors: _in_tree(tree, "update", "network")["dict"].pop(),
    "another tensor": lambda tree, tensors: tensors.update({"0": torch.zeros(3)}),
    "a tensor that is not there": lambda tree, tensors: tensors.pop("0"),
    "no tree": lambda tree, tensors: tree.clear(),
    "random numbers of another size": lambda tree, tensors: tensors.update(
        {name: value[:-1] for name, value in tensors.items() if value.dtype == torch.uint8}
    ),
    "random numbers that are none": lambda tree, tensors: tensors.update(
        {name: value.float() for name, value in tensors.items() if value.dtype == torch.uint8}
    ),
    "no update": lambda tree, tensors: tree["dict"].pop(1),
    "no weights": lambda tree, tensors: _in_tree(tree, "update")["dict"].pop(0),
    "no average": lambda tree, tensors: _in_tree(tree, "update")["dict"].pop(1),
    "no optimizer": lambda tree, tensors: _in_tree(tree, "update")["dict"].pop(2),
}


@pytest.mark.parametrize("change", TREES.values(), ids=TREES)
def test_a_forged_checkpoint_is_refused(change, copy):
    run = copy("language-model")
    _write_tree(run / "last" / "checkpoint.safetensors", change, forged=True)
    with pytest.raises(DataError, match=r"last/checkpoint\.safetensors: expected a") as error:
        recurra.resume(run, progress=False)
    assert "\n" not in str(error.value)


def _in_tree(tree, *names):
    """What lies under these keys of a tree as it is written."""
    for name in names:
        ((kind, content),) = tree.items()
        tree = content[name] if kind == "list" else dict(map(tuple, content))[name]
    return tree


def _entry(tree, *names):
    """The pair of key and value, to be changed."""
    content = _in_tree(tree, *names[:-1])["dict"]
    return next(pair for pair in content if pair[0] == names[-1])


def _set(*names, value):
    return lambda tree, tensors: _entry(tree, *names).__setitem__(1, value)


def _reshape(*names, change):
    """Put another tensor in the place of one."""

    def forge(tree, tensors):
        name = _in_tree(tree, *names)["tensor"]
        tensors[name] = change(tensors[name])

    return forge


_CARRIED = ("processes", 0, "update", "carried")
_STATE, _GROUP = ("update", "optimizer", "state", 0), ("update", "optimizer", "param_groups", 0)
HALFWAY = {
    "a carried state of fewer sequences": _reshape(*_CARRIED, 0, 0, change=lambda state: state[:, :1].clone()),
    "a carried state of fewer units": _reshape(*_CARRIED, 0, 1, change=lambda state: state[..., 1:].clone()),
    "a carried state in float64": _reshape(*_CARRIED, 0, 0, change=lambda state: state.double()),
    "a carried state of whole numbers": _reshape(*_CARRIED, 0, 0, change=lambda state: state.long()),
    "a carried state that is a number": _set(*_CARRIED, value={"value": 1}),
    "a carried state of fewer parts": lambda tree, tensors: _in_tree(tree, *_CARRIED, 0)["list"].pop(),
    "a carried state of more parts": lambda tree, tensors: _in_tree(tree, *_CARRIED)["list"].append({"value": None}),
    "a mean of another shape": _reshape(*_STATE, "exp_avg", change=lambda mean: mean.sum()),
    "a mean in float64": _reshape(*_STATE, "exp_avg", change=lambda mean: mean.double()),
    "a step of several numbers": _reshape(*_STATE, "step", change=lambda step: torch.zeros(2)),
    "a step in whole numbers": _reshape(*_STATE, "step", change=lambda step: step.long()),
    "a mean that is missing": lambda tree, tensors: _in_tree(tree, *_STATE)["dict"].pop(),
    "a mean that is a text": _set(*_STATE, "exp_avg", value={"value": "abc"}),
    "a rate that is a text": _set(*_GROUP, "lr", value={"value": "abc"}),
    "a rate below zero": _set(*_GROUP, "lr", value={"value": -1.0}),
    "betas of another optimizer": _set(*_GROUP, "betas", value={"value": None}),
    "an option less": lambda tree, tensors: _in_tree(tree, *_GROUP)["dict"].pop(1),
    "a batch beyond the data": _set("position", "batch", value={"value": 10**9}),
    "an epoch below zero": _set("position", "epoch", value={"value": -1}),
    "half a step": _set("position", "step", value={"value": 0.5}),
    "a truth for a step": _set("position", "step", value={"value": True}),
    "a loss that is no number": _set("position", "sums", value={"dict": [["train_loss", {"value": float("nan")}]]}),
    "losses that are a list": _set("position", "sums", value={"list": []}),
    "a loss without its count": _set("position", "sums", value={"dict": [["train_loss", {"value": 1.0}]]}),
    "a count of no steps": _set("position", "counts", value={"dict": [["train_loss", {"value": 0}]]}),
    "a norm that is a text": _set("position", "sums", value={"dict": [["gradient_norm", {"value": "abc"}]]}),
    "a factor that is a text": _set("update", "plateau", value={"value": "abc"}),
    "a factor above 1": _set("update", "plateau", value={"value": 2.0}),
    "an average that is a list": _set("update", "average", value={"list": []}),
    "a state of no process": _set("processes", value={"list": [{"value": 1}]}),
    "nothing carried": lambda tree, tensors: _in_tree(tree, "processes", 0, "update")["dict"].clear(),
    "records that are texts": _set("position", "records", value={"list": [{"value": "abc"}]}),
    "weights in float64": _reshape("update", "network", "bias", change=lambda weights: weights.double()),
    "random numbers of whole numbers": _reshape("processes", 0, "random", "cpu", change=lambda state: state.long()),
}


@pytest.fixture(scope="module")
def halfway(tmp_path_factory):
    """A language model's run, stopped within an epoch: a state is carried on."""
    folder = tmp_path_factory.mktemp("halfway")
    (folder / "a.txt").write_text("to be, or not to be\n" * 30)
    settings = {"hidden_size": 4, "num_layers": 1, "batch_size": 2, "sequence_length": 8, "epochs": 2, "threads": 1}
    task = recurra.LanguageModel(**settings, evaluate_every=3, max_minutes=1e-9, warmup_steps=0)
    task.fit(folder / "a.txt", out=folder / "run", progress=False)
    return folder / "run"


@pytest.mark.parametrize("change", HALFWAY.values(), ids=HALFWAY)
def test_a_forged_checkpoint_within_an_epoch_is_refused(change, halfway, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(halfway, run)
    _write_tree(run / "last" / "checkpoint.safetensors", change, forged=True)
    with pytest.raises(DataError, match=r"last/checkpoint\.safetensors: expected a checkpoint of this") as error:
        recurra.resume(run, progress=False)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "settings", [{"optimizer": "sgd"}, {"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adamw"}]
)
def test_a_checkpoint_of_every_optimizer_goes_on(settings, tmp_path):
    (tmp_path / "a.txt").write_text("to be, or not to be\n" * 30)
    small = {"hidden_size": 4, "num_layers": 1, "batch_size": 2, "sequence_length": 8, "epochs": 1, "threads": 1}
    task = recurra.LanguageModel(**small | settings, evaluate_every=3, max_minutes=1e-9)
    task.fit(tmp_path / "a.txt", out=tmp_path / "run", progress=False)
    assert not task.finished_
    assert not recurra.resume(tmp_path / "run", progress=False).finished_


def test_a_checkpoint_of_another_job_and_a_broken_one_are_refused(copy, originals):
    run = copy("language-model")
    file = run / "last" / "checkpoint.safetensors"
    content = file.read_bytes()
    others = [(originals / "tagger" / "last" / file.name).read_bytes(), content[:-1], content[:100], b""]
    others.append((run / "model.safetensors").read_bytes())
    others.append(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    for other in others:
        file.write_bytes(other)
        with pytest.raises(DataError, match=rf"^{file}: expected ") as error:
            recurra.resume(run, progress=False)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [None, 3, ["a"], {"data": 3}, {"data": "t.txt", "valid": None, "fingerprint": 3}])
def test_data_of_another_form_are_refused(value, copy):
    run = copy("language-model")
    _change(run, lambda config: config.update(data=value), sums=True)
    with pytest.raises(DataError, match=r"config\.json: expected "):
        recurra.resume(run, progress=False)


def test_settings_changed_by_hand_do_not_go_on_with_the_checkpoint(copy):
    run = copy("language-model")
    _change(run, lambda config: config["settings"].update(batch_size=4), sums=True)
    recurra.load(run)
    with pytest.raises(
        DataError, match=r"last/checkpoint\.safetensors: expected a checkpoint of the settings in config"
    ):
        recurra.resume(run, progress=False)
    _change(run, lambda config: config["settings"].update(batch_size=2, epochs=2, checkpoint_seconds=5.0), sums=True)
    recurra.resume(run, progress=False)
