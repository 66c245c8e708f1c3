from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from recurra import DataError
from recurra.data.text.corpus import Corpus
from recurra.data.text.streams import Streams, windows


class Counting(Corpus):
    """A corpus whose symbols are 0, 1, 2, ...: a symbol says where it stands."""

    def numbers(self):
        return np.arange(self.tokens, dtype="<u2")


def _counting(length: int) -> Counting:
    return Counting("nowhere", "<u2", length, length, 0)


def _joined(streams: Streams, start: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """All batches of streams side by side, (B, T)."""
    batches = list(streams.batches(start))
    return torch.cat([x for x, _ in batches], 1), torch.cat([target for _, target in batches], 1)


CASES = given(
    length=st.integers(2, 200),
    batch_size=st.integers(1, 6),
    sequence_length=st.integers(1, 30),
    offset=st.integers(0, 5),
    reverse=st.booleans(),
)


@CASES
def test_every_symbol_is_predicted_once_from_the_one_before_it(length, batch_size, sequence_length, offset, reverse):
    assume(length >= batch_size + offset + 1)
    streams = Streams(_counting(length), batch_size, sequence_length, offset, reverse)
    x, target = _joined(streams)
    assert x.shape == target.shape == (batch_size, streams.stream_length)
    text = torch.arange(length).flip(0) if reverse else torch.arange(length)
    predicted = target.flatten()  # stream after stream is the text itself
    assert torch.equal(predicted, text[offset + 1 :][: len(predicted)])
    assert torch.equal(x.flatten(), text[offset:][: len(predicted)])
    assert length - offset - 1 - len(predicted) < batch_size, "less than one symbol a stream is left out"


@CASES
def test_batch_k_continues_batch_k_minus_1(length, batch_size, sequence_length, offset, reverse):
    assume(length >= batch_size + offset + 1)
    streams = Streams(_counting(length), batch_size, sequence_length, offset, reverse)
    batches = list(streams.batches())
    assert len(batches) == len(streams)
    for (_, before), (after, _) in pairwise(batches):
        assert torch.equal(before[:, -1], after[:, 0])
    widths = [x.shape[1] for x, _ in batches]
    assert all(width == sequence_length for width in widths[:-1])
    assert 1 <= widths[-1] <= sequence_length


@CASES
def test_a_start_goes_on_where_the_batches_before_it_ended(length, batch_size, sequence_length, offset, reverse):
    assume(length >= batch_size + offset + 1)
    streams = Streams(_counting(length), batch_size, sequence_length, offset, reverse)
    whole = list(streams.batches())
    for start in (0, len(whole) // 2, len(whole)):
        resumed = list(streams.batches(start))
        assert len(resumed) == len(whole) - start
        for (x, target), (x_whole, target_whole) in zip(resumed, whole[start:], strict=True):
            assert torch.equal(x, x_whole)
            assert torch.equal(target, target_whole)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("world_size", [2, 3, 6])
def test_the_shares_of_all_processes_are_the_whole(world_size, reverse):
    corpus = _counting(101)
    whole = list(Streams(corpus, 6, 5, 3, reverse).batches())
    shares = [list(Streams(corpus, 6, 5, 3, reverse, rank, world_size).batches()) for rank in range(world_size)]
    for k, (x, target) in enumerate(whole):
        assert torch.equal(torch.cat([share[k][0] for share in shares]), x)
        assert torch.equal(torch.cat([share[k][1] for share in shares]), target)
    assert {len(share) for share in shares} == {len(whole)}


def test_batches_are_what_an_embedding_takes():
    x, target = next(Streams(_counting(50), 2, 5).batches())
    assert (x.dtype, target.dtype) == (torch.int64, torch.int64)
    assert x.tolist() == [[0, 1, 2, 3, 4], [24, 25, 26, 27, 28]]
    assert target.tolist() == [[1, 2, 3, 4, 5], [25, 26, 27, 28, 29]]


def test_a_text_too_short_says_how_long_it_must_be():
    assert len(Streams(_counting(11), 4, 10, 3)) == 1
    with pytest.raises(DataError, match="at least 11 symbols for 4 streams, got 7; take a smaller batch_size"):
        Streams(_counting(7), 4, 10, 3)


def test_streams_must_divide_among_the_processes():
    with pytest.raises(DataError, match="batch_size: expected a multiple of the 3 processes, got 8"):
        Streams(_counting(100), 8, 10, world_size=3)


@given(st.integers(2, 120), st.integers(1, 40), st.integers(1, 5), st.booleans())
def test_windows_predict_every_symbol_but_the_first_once(tokens, length, batch_size, reverse):
    batches = list(windows(_counting(tokens), length, batch_size, reverse))
    text = list(range(tokens))[:: -1 if reverse else 1]
    rows = [(x, target) for xs, targets in batches for x, target in zip(xs.tolist(), targets.tolist(), strict=True)]
    assert [symbol for _, target in rows for symbol in target] == text[1:]
    assert [symbol for x, _ in rows for symbol in x] == text[:-1]  # so each window begins with the symbol before it
    assert all(len(target) == length for _, target in rows[:-1])
    assert all(len(x) <= batch_size for x, _ in batches)


def test_a_window_begins_with_the_one_symbol_before_it():
    (x, target), (last_x, last_target) = windows(_counting(9), 3, 8)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert target.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert (last_x.tolist(), last_target.tolist()) == ([[6, 7]], [[7, 8]])
