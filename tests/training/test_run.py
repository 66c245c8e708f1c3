import json

import pytest
import torch

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
    run.write_parts(lambda folder: (folder / "labels.json").write_text("{}"))
    run.write_weights(torch.nn.Linear(2, 3))
    run.write_config("x", {}, {})
    other = torch.nn.Linear(2, 3)
    RunFolder(tmp_path).write_weights(other, "last")
    network = torch.nn.Linear(2, 3)
    assert RunFolder(tmp_path).load_weights(network) == "last"
    assert torch.equal(network.weight, other.weight)
