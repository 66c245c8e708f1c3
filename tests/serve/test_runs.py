import os
import shutil

import pytest

from recurra import DataError, LanguageModel
from recurra.serve.errors import ApiError
from recurra.serve.runs import Runs


def test_runs_are_called_by_the_names_of_their_folders(run):
    runs = Runs([run])
    assert runs.statuses() == {"fox": "loading"}
    runs.load_all()
    served = runs.get("fox")
    assert (served.name, served.job, len(served.model_hash)) == ("fox", "language-model", 64)
    assert runs.ready == [served]


def test_runs_answer_in_a_precision(run):
    runs = {precision: Runs([run], precision) for precision in ("float32", "int8")}
    for of_precision in runs.values():
        of_precision.load_all()
    exact, reduced = (of_precision.get("fox") for of_precision in runs.values())
    assert exact.model_hash == reduced.model_hash  # a session goes on, whatever the precision
    expected = LanguageModel.load(run).reduce_precision("int8").score("the quick")
    assert reduced.task.score("the quick") == expected != exact.task.score("the quick")


def test_two_runs_of_one_name_are_refused(run, tmp_path):
    with pytest.raises(DataError, match="expected runs of different names, got 'fox' twice"):
        Runs([run, tmp_path / "fox"])


def _error(runs, *wanted):
    with pytest.raises(ApiError) as caught:
        runs.get(*wanted)
    return caught.value.status, caught.value.code, caught.value.message


def test_what_cannot_be_had_is_told(run, tmp_path):
    (tmp_path / "broken").mkdir()
    runs = Runs([run, tmp_path / "broken"])
    assert _error(runs, "fox")[:2] == (503, "model_loading")
    runs.load_all()
    assert _error(runs, "wolf") == (404, "model_not_found", "model: expected one of fox, broken, got 'wolf'")
    assert _error(runs, "broken")[:2] == (503, "model_broken")
    assert str(tmp_path) not in _error(runs, "broken")[2]
    assert _error(runs, "fox", "tagger") == (400, "wrong_job", "model fox: expected a tagger, got a language-model")


def test_a_run_is_loaded_again_when_its_weights_have_changed(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "fox")
    runs, loaded = Runs([folder]), []
    runs.on_load.append(loaded.append)
    runs.load_all()
    runs.load_all()
    assert len(loaded) == 1
    task = LanguageModel.load(folder)
    task.network.bias.data += 1
    task.save(folder, overwrite=True)
    runs.load_all()
    assert len(loaded) == 2
    assert runs.get("fox") is loaded[1]
    assert loaded[0].model_hash != loaded[1].model_hash


def test_a_run_that_was_deleted_or_spoilt_goes_on_as_it_was(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "fox")
    runs = Runs([folder])
    runs.load_all()
    served = runs.get("fox")
    (folder / "model.safetensors").write_bytes(b"rubbish")
    os.utime(folder / "model.safetensors", (1, 1))
    runs.load_all()
    assert runs.get("fox") is served
    shutil.rmtree(folder)
    runs.load_all()
    assert runs.get("fox") is served


def test_the_hash_is_of_what_the_run_is(run, tmp_path):
    same = Runs([run, shutil.copytree(run, tmp_path / "copy")])
    same.load_all()
    assert same.get("fox").model_hash == same.get("copy").model_hash
