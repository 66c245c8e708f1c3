import torch
from torch import nn

from recurra.training.best_weights import BestWeights
from recurra.training.run import RunFolder


def _network(value: float) -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


def test_the_last_weights_never_replace_the_best():
    kept = BestWeights(_network(0.0), None)
    assert (kept.kind, kept.values["weight"].item()) == ("start", 0.0)
    kept.take_last(_network(1.0))
    assert (kept.kind, kept.values["weight"].item()) == ("last", 1.0)
    kept.take_best(_network(2.0))
    kept.take_last(_network(3.0))
    assert (kept.kind, kept.values["weight"].item()) == ("best", 2.0)


def test_what_is_kept_does_not_change_with_the_network():
    network = _network(1.0)
    kept = BestWeights(network, None)
    with torch.no_grad():
        network.weight.fill_(9.0)
    assert kept.values["weight"].item() == 1.0


def test_the_file_says_which_weights_it_has(tmp_path):
    run = RunFolder(tmp_path)
    run.begin()
    kept = BestWeights(_network(0.0), run)
    kept.write_last(_network(1.0))
    assert run.load_weights(_network(0.0)) == "last"
    kept.take_best(_network(2.0))
    kept.write_last(_network(3.0))
    loaded = _network(0.0)
    assert run.load_weights(loaded) == "best"
    assert loaded.weight.item() == 2.0
    again = BestWeights(_network(0.0), run)
    again.read(run, "best")
    assert (again.kind, again.values["weight"].item()) == ("best", 2.0)
