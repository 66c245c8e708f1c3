import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recurra.nn import layout

T, B, F = 5, 3, 2
LENGTHS = torch.tensor([3, 5, 1])


def _x(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def _cut(x):
    """Zeros beyond each length, as (T, B, F)."""
    return x * (torch.arange(len(x)).unsqueeze(1) < LENGTHS).unsqueeze(-1)


@pytest.mark.parametrize(
    ("batch_first", "shape"), [(False, (T, B, F)), (True, (B, T, F)), (False, (T, F)), (True, (T, F))]
)
def test_a_tensor_is_read_time_first_and_written_back_as_it_came(batch_first, shape):
    x = _x(*shape)
    batch, form = layout.read(x, None, batch_first)
    assert batch.x.shape == ((T, 1, F) if len(shape) == 2 else (T, B, F))
    assert batch.size == batch.x.shape[1]
    assert torch.equal(layout.write(batch, form), x)


def test_batch_first_is_turned():
    x = _x(B, T, F)
    batch, _ = layout.read(x, None, True)
    assert torch.equal(batch.x[2, 1], x[1, 2])


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("lengths", [LENGTHS, LENGTHS.int(), LENGTHS.tolist()], ids=["int64", "int32", "list"])
def test_lengths_survive_packing_in_any_order(lengths, batch_first):
    x = _x(T, B, F)
    batch, form = layout.read(x.transpose(0, 1) if batch_first else x, lengths, batch_first)
    packed = batch.unpadded()
    assert packed.batch_sizes.tolist() == [3, 2, 2, 1, 1]
    assert packed.size == B
    assert packed.x.shape == (9, F)
    back = layout.write(packed, form)
    assert torch.equal(back.transpose(0, 1) if batch_first else back, _cut(x))


def test_the_order_says_where_each_sequence_came_from():
    batch, _ = layout.read(_x(T, B, F), LENGTHS, False)
    packed = batch.unpadded()
    assert packed.order.tolist() == [1, 0, 2]
    assert torch.equal(packed.x[:3], batch.x[0, packed.order])


def test_outputs_are_as_long_as_the_input_even_if_no_sequence_is():
    x = _x(T + 2, B, F)
    batch, form = layout.read(x, LENGTHS, False)
    assert layout.write(batch.unpadded(), form).shape == x.shape


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("sort", [False, True], ids=["in any order", "sorted"])
def test_a_packed_sequence_is_written_back_in_its_own_order(sort, batch_first):
    lengths = LENGTHS.sort(descending=True).values if sort else LENGTHS
    packed = pack_padded_sequence(_x(T, B, F), lengths, enforce_sorted=sort)
    batch, form = layout.read(packed, None, batch_first)
    assert batch.unpadded() is batch
    for written in (layout.write(batch, form), layout.write(batch.padded(), form)):
        assert torch.equal(written.data, packed.data)
        assert torch.equal(written.batch_sizes, packed.batch_sizes)
        assert (written.sorted_indices is None) == sort
        if not sort:
            assert torch.equal(written.sorted_indices, packed.sorted_indices)
            assert torch.equal(written.unsorted_indices, packed.unsorted_indices)


def test_a_packed_sequence_is_padded_in_the_callers_order():
    x = _x(T, B, F)
    batch, _ = layout.read(pack_padded_sequence(x, LENGTHS, enforce_sorted=False), None, False)
    padded = batch.padded()
    assert torch.equal(padded.x, _cut(x))
    assert torch.equal(padded.lengths, LENGTHS)


def test_padding_is_zero_whatever_the_caller_left_there():
    x = _x(T, B, F)
    spoilt = x.clone()
    spoilt[1:, 2] = torch.nan
    batch, _ = layout.read(spoilt, LENGTHS, False)
    assert torch.equal(batch.padded().x, _cut(x))
    assert torch.equal(batch.padded().lengths, LENGTHS)


def test_a_batch_without_lengths_is_neither_packed_nor_padded():
    batch, _ = layout.read(_x(T, B, F), None, False)
    assert batch.unpadded() is batch
    assert batch.padded() is batch


def test_packed_rows_show_themselves_as_torchs_packed_sequence():
    packed = pack_padded_sequence(_x(T, B, F), LENGTHS, enforce_sorted=False)
    batch, _ = layout.read(packed, None, False)
    assert torch.equal(pad_packed_sequence(batch.packed)[0], pad_packed_sequence(packed)[0])


@pytest.mark.parametrize(
    ("shape", "lengths", "message"),
    [
        ((4,), None, r"input: expected 2 or 3 dimensions, got 1 \(shape \(4,\)\)"),
        ((1, 2, 3, 4), None, "input: expected 2 or 3 dimensions, got 4"),
        ((0, B, F), None, r"input: expected at least one step, got shape \(0, 3, 2\)"),
        ((0, F), None, r"input: expected at least one step, got shape \(0, 1, 2\)"),
        ((T, B, F), [1, 2], r"lengths: expected 3 whole numbers, got torch.int64 of shape \(2,\)"),
        ((T, B, F), [[1, 2, 3]], r"lengths: expected 3 whole numbers, got torch.int64 of shape \(1, 3\)"),
        ((T, B, F), [1.0, 2.0, 3.0], r"lengths: expected 3 whole numbers, got torch.float32 of shape \(3,\)"),
        ((T, B, F), [0, 2, 3], "lengths: expected 1 to 5, got 0 to 3"),
        ((T, B, F), [-1, 2, 3], "lengths: expected 1 to 5, got -1 to 3"),
        ((T, B, F), [1, 6, 3], "lengths: expected 1 to 5, got 1 to 6"),
    ],
)
def test_a_wrong_shape_or_length_is_named(shape, lengths, message):
    with pytest.raises(ValueError, match=message):
        layout.read(torch.zeros(shape), lengths, False)


def test_a_packed_sequence_takes_no_lengths():
    packed = pack_padded_sequence(_x(T, B, F), LENGTHS, enforce_sorted=False)
    with pytest.raises(ValueError, match="a PackedSequence holds its lengths: expected lengths=None"):
        layout.read(packed, LENGTHS, False)
