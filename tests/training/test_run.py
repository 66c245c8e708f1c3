import json
import re

import numpy as np
import pytest
import torch

import recurra
from recurra import DataError
from recurra.training.run import RunFolder


def test_a_folder_holds_a_run_once_config_is_written(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.begin()
    run.refuse_if_taken(overwrite=False)
    run.write_config("language-model", {"epochs": 3}, {"data": "a"})
    with pytest.raises(DataError, match="got one that holds a run"):
        run.refuse_if_taken(overwrite=False)
    run.refuse_if_taken(overwrite=True)
    config = run.read_config()
    assert config["settings"] == {"epochs": 3}
    assert config["threads"] == torch.get_num_threads()
    assert config["versions"]["torch"] == torch.__version__


def test_beginning_anew_leaves_nothing_of_the_run_before(tmp_path):
    run = RunFolder(tmp_path)
    run.begin()
    run.write_config("x", {}, {})
    run.log_file.write_text("old")
    run.last_file.write_text("old")
    run.report_file.write_text("old")
    run.report_file.with_suffix(".json").write_text("old")
    (tmp_path / "mine.txt").write_text("not Recurra's")
    run.begin()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "mine.txt"]
    assert not run.last_file.exists()


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"task": "x"})])
def test_a_broken_config_is_named(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(DataError, match=r"config\.json"):
        RunFolder(tmp_path).read_config()


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(DataError, match=r"expected a run folder, found no config\.json"):
        RunFolder(tmp_path).read_config()


def test_weights_written_anew_belong_to_the_labels_of_the_run(tmp_path):
    run = RunFolder(tmp_path)
    run.begin()
    run.write_artifacts(lambda folder: (folder / "labels.json").write_text("{}"))
    run.write_weights(torch.nn.Linear(2, 3))
    run.write_config("x", {}, {})
    other = torch.nn.Linear(2, 3)
    RunFolder(tmp_path).write_weights(other, "last")
    network = torch.nn.Linear(2, 3)
    assert RunFolder(tmp_path).load_weights(network) == "last"
    assert torch.equal(network.weight, other.weight)


@pytest.mark.parametrize(
    ("path", "got"),
    [
        ("a text, not a path " * 1000, "File name too long"),
        ("deep/" * 815, "File name too long"),  # files in the folder have names too
        ("a\0b", "embedded null byte"),
        ("", "str ''"),
        (" ", "str ' '"),
        (3, "int 3"),
        (b"run", "bytes b'run'"),
        (["run"], "list"),
        (None, "NoneType None"),
    ],
)
def test_what_is_no_path_of_a_folder_is_named(path, got, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for verb in (RunFolder, recurra.load, recurra.resume, recurra.LanguageModel.load):
        with pytest.raises(DataError, match=f"^run folder: expected the path of a folder, got .*{re.escape(got)}"):
            verb(path)
    tagger = recurra.Tagger(epochs=1, hidden_size=4, threads=1).fit([["a"]], [["b"]], progress=False)
    if path is not None:
        with pytest.raises(DataError, match=r"^out: expected the path of a folder, got"):
            tagger.fit([["a"]], [["b"]], out=path)
    with pytest.raises(DataError, match=r"^run folder: expected the path of a folder, got"):
        tagger.save(path)
    assert not list(tmp_path.iterdir())


def test_a_word_that_python_takes_for_true_replaces_no_run(tmp_path):
    tagger = recurra.Tagger(epochs=1, hidden_size=4, threads=1).fit(
        [["a"]], [["b"]], out=tmp_path / "run", progress=False
    )
    before = (tmp_path / "run" / "config.json").read_bytes()
    for replace in (
        lambda: tagger.save(tmp_path / "run", "no"),
        lambda: tagger.fit([["a"]], [["b"]], out=tmp_path / "run", overwrite="no"),
    ):
        with pytest.raises(DataError, match=r"^overwrite: expected True or False, got 'no'"):
            replace()
    assert (tmp_path / "run" / "config.json").read_bytes() == before
    tagger.save(tmp_path / "run", overwrite=np.True_)
