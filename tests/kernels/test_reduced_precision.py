import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

from recurra import kernels, nn
from recurra.kernels import FUSED_CELLS, stream_step
from recurra.kernels.reduced_precision import ReducedPrecision, active
from recurra.kernels.reduced_types import REDUCED_TYPES
from recurra.kernels.torch_stack import ReducedTorchStack

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


LARGE = (130, 132, [12] * 9 + [3])  # worth two threads


@pytest.mark.parametrize(
    ("inputs", "hidden", "lengths"),
    [(11, 37, [7] * 70), (11, 37, [150]), (11, 37, [90, 40, 40, 3]), (11, 37, [65, 1]), LARGE],
    ids=lambda value: str(value)[:10],
)
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
@TYPES
def test_chunks_of_steps_are_as_steps(cell, dtype, inputs, hidden, lengths, instruction_set):
    torch.manual_seed(1)
    torch.set_num_threads(2)
    shapes = [(cell.gates * hidden, inputs), (cell.gates * hidden, hidden), *[(cell.gates * hidden,)] * 2]
    stack = stream_step.pack(cell, [[torch.randn(shape) / 2 / hidden**0.5 for shape in shapes]], dtype=dtype)
    rows, sizes, *_ = pack_sequence([torch.randn(length, inputs) for length in lengths])
    states = [torch.randn(1, len(lengths), hidden) for _ in cell.states]
    for backwards in (False, True):
        y, final = stack.sequence(rows, sizes, states, backwards)
        steps, after = ReducedTorchStack.sequence(stack, rows, sizes, states, backwards)
        assert torch.equal(y, steps)
        assert all(map(torch.equal, final, after))


def test_a_packed_sequence_refuses_what_does_not_fit():
    cell = FUSED_CELLS["lstm"]
    weights = [[torch.randn(16, 3), torch.randn(16, 4)]]
    stack, rows, states = (
        stream_step.pack(cell, weights, dtype=torch.int8),
        torch.randn(5, 3),
        [torch.zeros(1, 3, 4)] * 2,
    )
    for sizes, message in (
        ([3, 3], "expected 5 in all, got 6"),
        ([2, 3], "fewer"),
        ([4, 1], "fewer"),
        ([3, 2, 0], "fewer"),
    ):
        with pytest.raises(ValueError, match=message):
            stack.sequence(rows, torch.tensor(sizes), states)
    with pytest.raises(ValueError, match="h: expected shape"):
        stack.sequence(rows, torch.tensor([3, 2]), [torch.zeros(3, 4)] * 2)


@TYPES
def test_a_batch_of_no_sequences(dtype):
    layer = nn.LSTM(3, 4)
    with ReducedPrecision(dtype):
        y, (h, _) = layer(torch.zeros(2, 0, 3))
        assert y.shape == (2, 0, 4)
        assert h.shape == (1, 0, 4)


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
