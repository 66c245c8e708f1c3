import pytest
import torch

from recurra.kernels import compiled
from recurra.tasks.language_model.config import LanguageModelConfig
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.packed_network import PackedNetwork
from recurra.training import answering_precision

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


@pytest.mark.parametrize("precision", ["bf16", "int8"])
@pytest.mark.parametrize("settings", SETTINGS[:3], ids=str)
@torch.inference_mode()
def test_steps_and_what_is_read_are_the_same_bits_in_reduced_precision(settings, precision):
    if not compiled.enabled():
        pytest.skip("there are no compiled kernels")
    network = _network(settings)
    symbols = torch.randint(30, (3, 9), generator=torch.Generator().manual_seed(1))
    exact, _ = network(symbols)
    answering_precision.use([network], precision, "language model")
    packed = PackedNetwork(network)
    with answering_precision.answering(network):
        expected, _ = network(symbols)
    assert not torch.equal(expected, exact)
    _, zeros = packed.read(torch.zeros(1, 0, dtype=torch.int64), None)
    state = tuple(part.repeat(1, 3, 1) for part in zeros)
    for t in range(9):
        scores, state = packed.step(symbols[:, t], state)
        assert torch.equal(scores, expected[:, t])
    with answering_precision.answering(network):
        h, after = packed.read(symbols[:1], None)
    assert torch.equal(packed.scores(h), expected[0])
    for part, of_steps in zip(after, state, strict=True):
        assert torch.equal(part, of_steps[:, :1])


@pytest.mark.parametrize("settings", SETTINGS[:3], ids=str)
@torch.inference_mode()
def test_without_kernels_int8_steps_are_the_same_bits(settings, monkeypatch):
    network, scores = _network(settings), []
    answering_precision.use([network], "int8", "language model")
    for kernels in (True, False):
        if not kernels:
            monkeypatch.setattr(compiled, "serves", lambda *_: False)
        packed = PackedNetwork(network)
        _, zeros = packed.read(torch.zeros(1, 0, dtype=torch.int64), None)
        scores.append(packed.step(torch.tensor([7]), zeros)[0])
    assert torch.equal(*scores)


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
