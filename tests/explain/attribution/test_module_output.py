"""Which number of what a module gives is explained."""

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.explain.attribution.module_output import selection

ROWS = torch.tensor([[1.0, 5.0, 3.0], [7.0, 2.0, 0.0]])  # (B, C)
STEPS = torch.stack([ROWS * 0 - 1, ROWS], 1)  # (B, T, C)
LENGTHS = torch.tensor([1, 2])


def test_the_largest_output_of_the_last_step_is_chosen():
    for result, batch_first in ((ROWS, True), (STEPS, True), ((STEPS, "state"), True), (STEPS.transpose(0, 1), False)):
        select, names = selection(result, None, 2, None, batch_first)
        assert select(result).tolist() == [5, 7]
        assert names == ["output 1", "output 0"]


def test_a_target_is_a_number_or_a_tensor_or_a_function():
    assert selection(ROWS, 2, 2, None)[0](ROWS).tolist() == [3, 0]
    assert selection(ROWS, torch.tensor([0, 1]), 2, None)[0](ROWS).tolist() == [1, 2]
    select, names = selection(ROWS, lambda rows: rows.sum(1), 2, None)
    assert select(ROWS).tolist() == [9, 9]
    assert names == ["the score", "the score"]


def test_all_sequences_several_times_over():
    select, _ = selection(ROWS, torch.tensor([0, 1]), 2)
    assert select(torch.cat([ROWS, ROWS + 10])).tolist() == [1, 2, 11, 12]


def test_lengths_say_which_step_is_the_last():
    assert selection(STEPS, 1, 2, LENGTHS)[0](STEPS).tolist() == [-1, 2]
    packed = pack_padded_sequence(STEPS, LENGTHS, batch_first=True, enforce_sorted=False)
    assert selection(packed, 1, 2, None)[0](packed).tolist() == [-1, 2]


def test_one_number_a_sequence_and_one_sequence_without_a_batch():
    numbers = torch.tensor([3.0, 4.0])
    assert selection(numbers, None, 2, None)[0](numbers).tolist() == [3, 4]
    assert selection(STEPS[0], None, 1, unbatched=True)[0](STEPS[0]).tolist() == [5]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="target: expected outputs from 0 to 2, got 3"):
        selection(ROWS, 3, 2, None)
    with pytest.raises(ValueError, match="a score for each of 2 sequences"):
        selection(ROWS, lambda rows: rows, 2, None)
    with pytest.raises(ValueError, match="output: expected 3 rows, one a sequence, got 2"):
        selection(ROWS, None, 3, None)
    with pytest.raises(ValueError, match=r"output: expected \(B, C\) or \(B, T, C\), got dict"):
        selection({}, None, 2, None)
