import pytest
import torch
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

from recurra import kernels, nn
from recurra.kernels import compiled
from recurra.kernels.batch_invariance import batch_invariant, is_invariant

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

LENGTHS = [1, 2, 3, 5, 8, 9, 9, 30, 31, 4, 17, 2, 1, 7]


@pytest.fixture(autouse=True)
def invariant(instruction_set):
    with torch.inference_mode(), batch_invariant():
        yield


def _layer(cell, **settings):
    torch.manual_seed(0)
    return getattr(nn, cell)(11, 37, num_layers=2, bidirectional=True, batch_first=True, **settings)


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 13, 14])
def test_a_layer_over_packed_rows(cell, size):
    layer = _layer(cell)
    sequences = [torch.randn(length, 11) for length in LENGTHS[-size:]]
    together = unpack_sequence(layer(pack_sequence(sequences, enforce_sorted=False))[0])
    for sequence, outputs in zip(sequences, together, strict=True):
        alone = layer(pack_sequence([sequence]))[0]
        assert torch.equal(unpack_sequence(alone)[0], outputs)


@pytest.mark.parametrize("steps", [1, 2, 40])
@pytest.mark.parametrize("size", [2, 3, 7, 97])
def test_a_layer_over_sequences_of_one_length(steps, size):
    layer, x = _layer("LSTM"), torch.randn(size, steps, 11)
    outputs, (h, c) = layer(x)
    for row in {0, size // 2, size - 1}:
        alone, (h_alone, c_alone) = layer(x[row : row + 1])
        assert torch.equal(alone[0], outputs[row])
        assert torch.equal(h_alone[:, 0], h[:, row])
        assert torch.equal(c_alone[:, 0], c[:, row])


def test_a_layer_over_symbols():
    layer, vectors = _layer("GRU"), torch.randn(9, 11)
    symbols = torch.randint(9, (6, 12))
    lengths = torch.tensor([12, 3, 5, 12, 1, 2])
    outputs, _ = layer(symbols, lengths=lengths, embedding=vectors)
    for row, length in enumerate(lengths.tolist()):
        alone, _ = layer(symbols[row : row + 1, :length], embedding=vectors)
        assert torch.equal(alone[0], outputs[row, :length])


@pytest.mark.parametrize("rows", [2, 3, 24, 97, 770])
@pytest.mark.parametrize("outputs", [1, 5, 40])
def test_the_linear_layer(rows, outputs):
    layer, x = nn.Linear(300, outputs), torch.randn(rows, 300)
    together = layer(x)
    for row in {0, rows // 2, rows - 1}:
        assert torch.equal(layer(x[row]), together[row])


@pytest.mark.parametrize("size", [2, 3, 7, 13])
def test_a_step_of_streams(size):
    layer = nn.LSTM(11, 37, num_layers=2)
    packed = layer.pack()
    x, h, c = torch.randn(size, 11), torch.randn(2, size, 37), torch.randn(2, size, 37)
    y, (h_after, c_after) = layer.step(x, (h, c), packed)
    for row in range(size):
        one = slice(row, row + 1)
        y_alone, (h_alone, c_alone) = layer.step(x[one], (h[:, one].contiguous(), c[:, one].contiguous()), packed)
        assert torch.equal(y_alone[0], y[row])
        assert torch.equal(h_alone[:, 0], h_after[:, row])
        assert torch.equal(c_alone[:, 0], c_after[:, row])


def test_results_are_those_of_the_other_way_but_for_rounding():
    layer = _layer("LSTM")
    x = torch.randn(3, 8, 11)
    invariant, _ = layer(x)
    assert is_invariant()
    kernels.batch_invariance._thread.invariant = False
    torch.testing.assert_close(invariant, layer(x)[0])


def test_the_way_is_chosen_for_a_block_and_a_thread():
    assert is_invariant()
    with batch_invariant():
        pass
    assert is_invariant()


def test_gradients_are_those_of_usual_results():
    with torch.inference_mode(False), torch.enable_grad():
        layer, x = nn.Linear(11, 5), torch.randn(40, 11)
        layer(x).square().sum().backward()
        y = x.double() @ layer.weight.detach().double().T + layer.bias.detach().double()
        torch.testing.assert_close(layer.weight.grad.double(), 2 * y.T @ x.double(), rtol=1e-4, atol=1e-4)
