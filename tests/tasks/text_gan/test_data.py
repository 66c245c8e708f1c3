import numpy as np
import pytest
import torch

from recurra import DataError
from recurra.data.text.lines import Lines
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.data import TextDataModule, encode
from recurra.tasks.text_gan.symbols import LineSymbols

CONFIG = TextGANConfig(max_length=3, batch_size=2)
LINES = Lines(["a b", "a b c d e", "", "c"], ["x", "y", "x", "y"])


def _encoded():
    return encode(LINES, LineSymbols.learn(LINES, CONFIG), "to learn from")


def test_lines_end_and_long_or_empty_ones_are_left_out():
    encoded, notes = _encoded()
    assert [len(line) for line in encoded.symbols] == [3, 2]
    assert notes == ["2 of 4 lines to learn from left out: empty, or of more than 3 symbols"]
    batch = encoded.batch(np.asarray([1, 0]))
    assert batch.lengths.tolist() == [2, 3]
    assert batch.targets[0, 2] == 0
    assert batch.beginnings.tolist() == encoded.beginnings[[1, 0]].tolist()


def test_where_none_is_left_that_is_said():
    symbols = LineSymbols.learn(LINES, CONFIG)
    with pytest.raises(DataError, match=r"^a\.txt: expected lines of 1 to 3 symbols to validate on, got none of 1"):
        encode(Lines(["a b c d"], ["x"], source="a.txt"), symbols, "to validate on")


def test_symbols_are_counted():
    encoded, _ = _encoded()
    symbols = LineSymbols.learn(LINES, CONFIG)
    counts = encoded.counts(symbols.written)
    assert counts.sum() == 5
    assert counts[symbols.end] == 2


def test_every_epoch_has_all_lines_in_another_order():
    symbols = LineSymbols(None, (), 20)
    encoded, _ = encode(Lines(np.arange(100).reshape(5, 20)), symbols, "")
    data = TextDataModule(CONFIG, encoded)
    assert data.steps_per_epoch(0) == 3
    epochs = [[batch.targets[:, 0] // 20 for batch in data.batches(epoch, 0, 0, 1)] for epoch in (0, 1)]
    assert [sorted(torch.cat(rows).tolist()) for rows in epochs] == [list(range(5))] * 2
    assert torch.cat(epochs[0]).tolist() != torch.cat(epochs[1]).tolist()
    assert [len(batch.targets) for batch in data.batches(0, 1, 0, 1)] == [2, 1]
