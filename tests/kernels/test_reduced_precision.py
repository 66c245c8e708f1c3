import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

from recurra import kernels, nn
from recurra.kernels.reduced_precision import ReducedPrecision, active
from recurra.kernels.reduced_types import REDUCED_TYPES

TYPES = pytest.mark.parametrize("dtype", REDUCED_TYPES.values(), ids=REDUCED_TYPES)
LENGTHS = [3, 8, 1, 5, 8]


@pytest.fixture(autouse=True)
def _no_gradients():
    with torch.no_grad():
        yield


def _parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
@TYPES
def test_a_sequence_is_its_steps(cell, residual, dtype):
    torch.manual_seed(1)
    layer, x = getattr(nn, cell)(11, 11, 3, residual=residual), torch.randn(6, 4, 11)
    packed, state = layer.pack(dtype=dtype), None
    steps = []
    for t in range(6):
        y, state = layer.step(x[t], state, packed)
        steps.append(y)
    with ReducedPrecision(dtype):
        outputs, final = layer(x)
        stepped, _ = layer.step(x[0])
    assert torch.equal(outputs, torch.stack(steps))
    assert torch.equal(stepped, steps[0])
    for part, of_steps in zip(_parts(final), _parts(state), strict=True):
        assert torch.equal(part, of_steps)
    exact, _ = layer(x)
    assert not torch.equal(outputs, exact)
    assert (outputs - exact).abs().max() < 0.05 * exact.abs().max()


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
@TYPES
def test_sequences_of_unequal_length_in_two_directions_are_each_alone(cell, dtype):
    torch.manual_seed(1)
    layer = getattr(nn, cell)(11, 7, 2, bidirectional=True)
    sequences = [torch.randn(length, 11) for length in LENGTHS]
    with ReducedPrecision(dtype):
        outputs, final = layer(pack_sequence(sequences, enforce_sorted=False))
        for row, (sequence, of_row) in enumerate(zip(sequences, unpack_sequence(outputs), strict=True)):
            alone, final_alone = layer(sequence.unsqueeze(1))
            assert torch.equal(of_row, alone.squeeze(1))
            for part, part_alone in zip(_parts(final), _parts(final_alone), strict=True):
                assert torch.equal(part[:, row], part_alone[:, 0])


@TYPES
def test_symbols_are_read_as_their_vectors(dtype):
    layer, vectors, symbols = nn.GRU(5, 7), torch.randn(9, 5), torch.randint(9, (4, 3))
    with ReducedPrecision(dtype):
        by_symbols, _ = layer(symbols, embedding=vectors)
        by_vectors, _ = layer(vectors[symbols])
    assert torch.equal(by_symbols, by_vectors)


@TYPES
def test_linear_layers_and_the_softmax(dtype):
    torch.manual_seed(1)
    layer, x, target = nn.Linear(40, 30), torch.randn(5, 4, 40), torch.randint(30, (5, 4))
    with ReducedPrecision(dtype):
        y = layer(x)
        loss = kernels.linear_cross_entropy(x, layer.weight, layer.bias, target)
    exact = F.linear(x, layer.weight, layer.bias)
    assert not torch.equal(y, exact)
    torch.testing.assert_close(y, exact, rtol=0, atol=0.03)
    torch.testing.assert_close(loss, F.cross_entropy(y.flatten(0, 1), target.flatten(), reduction="sum"))


def test_it_holds_in_the_block_and_without_gradients():
    layer, x = nn.Linear(40, 30), torch.randn(5, 40)
    exact = layer(x)
    with ReducedPrecision(torch.int8) as precision:
        assert active() is precision
        with ReducedPrecision(torch.bfloat16) as inner:
            assert active() is inner
        assert active() is precision
        with torch.enable_grad():
            assert active() is None
            assert torch.equal(layer(x), exact)
    assert active() is None
    assert torch.equal(layer(x), exact)


def test_weights_are_packed_once_for_an_object():
    layer, x = nn.GRU(5, 7), torch.randn(3, 2, 5)
    precision = ReducedPrecision(torch.int8)
    with precision:
        before = layer(x)[0]
        packed = layer.pack()
        layer.weight_hh_l0.zero_()
        assert torch.equal(layer(x)[0], before)
        assert layer.pack() is packed
    with ReducedPrecision(torch.int8):
        assert not torch.equal(layer(x)[0], before)


def test_what_has_no_packed_step_is_refused():
    layer = nn.LSTM(5, 7, proj_size=3)
    with pytest.raises(ValueError, match=r"pack: expected a layer with packed steps for torch\.int8, got one with"):
        layer.pack(dtype=torch.int8)
    with ReducedPrecision(torch.int8), pytest.raises(ValueError, match="expected a layer without a projection"):
        layer(torch.randn(3, 2, 5))
    with pytest.raises(ValueError, match=r"dtype: expected torch\.int8 or torch\.bfloat16, got torch\.float16"):
        ReducedPrecision(torch.float16)
