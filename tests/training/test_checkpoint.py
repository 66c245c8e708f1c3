import pytest
import torch

from recurra import DataError
from recurra.training import checkpoint


def test_a_tree_comes_back_as_it_was(tmp_path):
    shared = torch.arange(3.0)
    tree = {
        "state": {0: {"step": torch.tensor(3.0)}, 1: {}},
        "carried": [(torch.ones(2, 2), shared), None],
        "again": shared,
        "view": torch.arange(6).view(2, 3).T,
        "numbers": [1, 2.5, "three", True, None],
        "half": torch.ones(2, dtype=torch.bfloat16),
    }
    checkpoint.save_tree(tmp_path / "tree", tree)
    back = checkpoint.load_tree(tmp_path / "tree")
    assert list(back["state"]) == [0, 1]
    assert back["state"][0]["step"] == 3.0
    assert back["carried"][1] is None
    assert torch.equal(back["carried"][0][1], shared)
    assert torch.equal(back["view"], tree["view"])
    assert back["numbers"] == tree["numbers"]
    assert back["half"].dtype == torch.bfloat16


def test_a_broken_checkpoint_is_named(tmp_path):
    path = tmp_path / "checkpoint"
    path.write_bytes(b"no safetensors")
    with pytest.raises(DataError, match="checkpoint: expected a Recurra checkpoint"):
        checkpoint.load_tree(path)
    with pytest.raises(DataError, match="found nothing there"):
        checkpoint.load_tree(tmp_path / "none")


def test_weights_of_another_network_are_refused(tmp_path):
    checkpoint.save_weights(tmp_path / "w", torch.nn.Linear(2, 3))
    with pytest.raises(DataError, match="expected weights of this network"):
        checkpoint.load_weights(tmp_path / "w", torch.nn.Linear(2, 4))


def test_a_network_with_numbers_that_no_file_has_is_no_network_to_open(tmp_path):
    class Counting(torch.nn.Linear):
        def __init__(self):
            super().__init__(2, 3)
            self.register_buffer("positions", torch.arange(3), persistent=False)

    checkpoint.save_weights(tmp_path / "w", Counting())
    with torch.device("meta"):
        network = Counting()
    with pytest.raises(TypeError, match="positions: expected to be among the weights"):
        checkpoint.load_weights(tmp_path / "w", network)


def test_weights_survive_the_way_to_disk(tmp_path):
    one, other = torch.nn.Linear(2, 3), torch.nn.Linear(2, 3)
    checkpoint.save_weights(tmp_path / "w", one)
    checkpoint.load_weights(tmp_path / "w", other)
    assert torch.equal(one.weight, other.weight)


def test_the_random_generators_go_back():
    generators = checkpoint.generators(1, torch.device("cpu"))
    state = checkpoint.random_state(generators)
    drawn = torch.rand(3, generator=generators["cpu"])
    checkpoint.set_random_state(generators, state)
    assert torch.equal(drawn, torch.rand(3, generator=generators["cpu"]))
