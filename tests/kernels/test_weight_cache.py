"""Packed weights are used only as long as all of their numbers are those of the layer."""

import numpy as np
import pytest
import torch
from torch import nn

import recurra
from recurra.kernels import compiled, weight_cache

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason="no compiled kernels here")


def _prune(layer: nn.Module) -> None:
    layer.weight_hh_l0.data[:, 100] = 0


def _flip_one_bit(layer: nn.Module) -> None:
    layer.weight_hh_l0.data.view(torch.int32)[77, 101] ^= 1 << 22


def _negate_through_numpy(layer: nn.Module) -> None:
    layer.bias_ih_l0.detach().numpy()[:] *= -1


def _swap_columns(layer: nn.Module) -> None:
    layer.weight_ih_l0.data[:] = layer.weight_ih_l0.data.flip(1)


def _transpose_each_gate(layer: nn.Module) -> None:
    weight = layer.weight_hh_l0
    weight.data = weight.data.view(4, 128, 128).transpose(1, 2).reshape(512, 128)


def _negate_lazily(layer: nn.Module) -> None:
    layer.weight_hh_l0.data = torch._neg_view(layer.weight_hh_l0.data)


def _replace_storage(layer: nn.Module) -> None:
    with torch.no_grad():
        layer.weight_hh_l0.set_(torch.randn_like(layer.weight_hh_l0))


CHANGES = [
    _prune,
    _flip_one_bit,
    _negate_through_numpy,
    _swap_columns,
    _transpose_each_gate,
    _negate_lazily,
    _replace_storage,
]


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("make", [nn.LSTM, recurra.nn.LSTM])
def test_every_change_of_a_weight_reaches_the_next_sequence(make, change, context):
    torch.manual_seed(1)
    layer, fresh = recurra.accelerate(make(16, 128)), nn.LSTM(16, 128)
    x = torch.randn(5, 2, 16)
    with context():
        before = layer(x)[0]
    change(layer)
    fresh.load_state_dict({name: value.clone() for name, value in layer.state_dict().items()})
    with context():
        torch.testing.assert_close(layer(x)[0], fresh(x)[0])
        assert not torch.equal(layer(x)[0], before)


@pytest.mark.parametrize("streams", [1, 20])
@pytest.mark.parametrize("hidden", [128, 256])
@pytest.mark.parametrize("change", [_prune, _flip_one_bit, _negate_through_numpy, _negate_lazily, _replace_storage])
def test_every_change_of_a_weight_reaches_the_next_step(change, hidden, streams):
    torch.manual_seed(1)
    layer, fresh = recurra.nn.LSTM(16, hidden), nn.LSTM(16, hidden)
    x = torch.randn(streams, 16)
    with torch.no_grad():
        _, state = layer.step(x)
        before, _ = layer.step(x, state)
    change(layer)
    fresh.load_state_dict({name: value.clone() for name, value in layer.state_dict().items()})
    with torch.no_grad():
        after, _ = layer.step(x, state)
        torch.testing.assert_close(after, fresh(x.unsqueeze(0), state)[0][0])
    assert not torch.equal(after, before)


def test_finite_differences_see_every_weight():
    torch.manual_seed(1)
    layer = recurra.accelerate(nn.GRU(3, 40))
    x = torch.randn(4, 2, 3)
    with torch.no_grad():
        for name, weight in layer.named_parameters():
            for place in np.random.default_rng(1).integers(weight.numel(), size=20):
                before, old = layer(x)[0].sum(), weight.data.view(-1)[place].item()
                weight.data.view(-1)[place] = old + 1.0
                assert layer(x)[0].sum() != before, (name, place)
                weight.data.view(-1)[place] = old


def test_two_layers_that_share_a_weight_are_kept_apart():
    torch.manual_seed(1)
    first, second = recurra.nn.RNN(3, 4, bias=False), recurra.nn.RNN(3, 4)
    relu = recurra.nn.RNN(3, 4, bias=False, nonlinearity="relu")
    second.weight_ih_l0 = relu.weight_ih_l0 = first.weight_ih_l0
    second.weight_hh_l0 = relu.weight_hh_l0 = first.weight_hh_l0
    x = torch.randn(5, 2, 3)
    with torch.no_grad():
        for _ in range(2):
            for layer in (first, second, relu):
                expected = nn.RNN(3, 4, bias=layer.bias, nonlinearity=layer.nonlinearity)
                expected.load_state_dict(layer.state_dict())
                torch.testing.assert_close(layer(x)[0], expected(x)[0])


# --- the checksum -----------------------------------------------------------------------------------------------------

SIZES = [1, 15, 16, 63, 64, 65, 1000, 16384, 16385, 40000]


@pytest.mark.parametrize("size", SIZES)
def test_each_bit_of_each_number_counts(size):
    numbers = torch.randn(size)
    start = weight_cache.checksum([numbers])
    sums = {start}
    places = range(size) if size < 100 else np.random.default_rng(1).integers(size, size=100).tolist()
    bits = numbers.view(torch.int32)
    for place in {0, size - 1, *places}:
        for bit in (0, 12, 31):
            flip = torch.tensor(-(1 << 31) if bit == 31 else 1 << bit, dtype=torch.int32)
            bits[place] ^= flip
            sums.add(weight_cache.checksum([numbers]))
            bits[place] ^= flip
    assert len(sums) == 1 + 3 * len({0, size - 1, *places})
    assert weight_cache.checksum([numbers]) == start


def test_signs_zeros_and_places_count():
    numbers, zeros = torch.randn(5000), torch.zeros(5000)
    tensors = [numbers, -numbers, numbers * 2, numbers[:4999], zeros, -zeros, zeros[:4999], torch.zeros(5064)]
    tensors += [numbers.flip(0), numbers.roll(1), numbers.roll(64), numbers.view(-1, 2).flip(1).flatten()]
    assert len({weight_cache.checksum([tensor]) for tensor in tensors}) == len(tensors)
    assert weight_cache.checksum([numbers, zeros]) != weight_cache.checksum([zeros, numbers])
    assert weight_cache.checksum([numbers[:100], numbers[100:]]) != weight_cache.checksum([numbers])


def test_pairs_of_signs_do_not_cancel():
    numbers, sums = torch.randn(2048), set()
    for first in range(0, 2048, 64):
        for second in range(first + 64, 2048, 64):
            numbers[[first, second]] *= -1
            sums.add(weight_cache.checksum([numbers]))
            numbers[[first, second]] *= -1
    assert len(sums) == 32 * 31 // 2


def test_the_checksum_does_not_depend_on_the_threads():
    numbers = torch.randn(1_000_001)
    counts, start = [numbers.numel()], compiled.data_pointers([numbers])
    sums = {compiled.extension.checksum(start, counts, threads) for threads in (1, 2, 3, 5)}
    assert len(sums) == 1
