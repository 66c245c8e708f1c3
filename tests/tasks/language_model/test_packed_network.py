import pytest
import torch

from recurra.kernels import compiled
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.packed_network import PackedNetwork

SETTINGS = [
    {"cell": "gru", "hidden_size": 20, "num_layers": 2},
    {"cell": "lstm", "hidden_size": 20, "num_layers": 2, "embedding_size": 12},  # with a projection
    {"cell": "lstm", "hidden_size": 20, "embedding_size": 12, "tie_embeddings": False},
    {"cell": "lstm", "hidden_size": 20, "layer_norm": True},
]


def _network(settings):
    torch.manual_seed(1)
    return LanguageNetwork(30, LanguageModelConfig(**settings)).eval()


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@torch.inference_mode()
def test_steps_are_the_networks(settings, kernels, monkeypatch):
    if not kernels:
        monkeypatch.setattr(compiled, "serves", lambda *_: False)
    network = _network(settings)
    packed = PackedNetwork(network)
    assert packed.is_together == (kernels and compiled.enabled() and not settings.get("layer_norm", False))
    _, zeros = packed.read(torch.zeros(1, 0, dtype=torch.int64), None)
    state = tuple(part.repeat(1, 5, 1) for part in zeros)
    symbols = torch.randint(30, (5, 9), generator=torch.Generator().manual_seed(1))
    expected, _ = network(symbols)
    for t in range(9):
        scores, state = packed.step(symbols[:, t], state)
        torch.testing.assert_close(scores, expected[:, t])
    h, after = packed.read(symbols[:1], None)
    torch.testing.assert_close(packed.scores(h), expected[0])
    for part, of_steps in zip(after, state, strict=True):
        torch.testing.assert_close(part, of_steps[:, :1])


def test_later_changes_of_the_weights_do_not_reach_it():
    network = _network(SETTINGS[0])
    packed = PackedNetwork(network)
    if not packed.is_together:
        pytest.skip("there are no compiled kernels")
    _, zeros = packed.read(torch.zeros(1, 0, dtype=torch.int64), None)
    with torch.inference_mode():
        before, _ = packed.step(torch.tensor([3]), zeros)
        for weight in network.parameters():
            weight.zero_()
        after, _ = packed.step(torch.tensor([3]), zeros)
    assert torch.equal(before, after)
