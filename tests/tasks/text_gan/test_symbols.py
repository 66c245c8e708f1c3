import numpy as np
import pytest

from recurra import DataError
from recurra.data.text.lines import Lines
from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.symbols import LineSymbols

LINES = Lines(["a cat", "a dog", "two cats"], ["cat", "dog", "cat"])
CONFIG = TextGANConfig(max_length=5)


def test_ends_and_beginnings_are_numbered_behind_the_tokens():
    symbols = LineSymbols.learn(LINES, CONFIG)
    tokens = len(symbols.tokenizer)
    assert (symbols.end, symbols.written, symbols.beginnings, symbols.steps) == (tokens, tokens + 1, 2, 6)
    assert symbols.begin(LINES).tolist() == [tokens + 1, tokens + 2, tokens + 1]
    (line,) = symbols.encode(["two cats"])
    assert symbols.decode(line) == "two cats"
    never = [symbols.tokenizer.symbols[number] for number in symbols.never_written]
    assert sorted(never) == ["\n", "<unk>"]


def test_an_oracle_has_numbers_and_no_end():
    symbols = LineSymbols(None, (), 20)
    assert (symbols.end, symbols.written, symbols.beginnings) == (None, 5000, 1)
    assert symbols.never_written == ()
    assert symbols.decode(np.asarray([3, 4999])) == "3 4999"
    assert symbols.beginning(None) == 5000


def test_classes_are_known_or_named():
    symbols = LineSymbols.learn(LINES, CONFIG)
    with pytest.raises(DataError, match="label: expected one of cat, dog, got 'cow'"):
        symbols.beginning("cow")
    with pytest.raises(DataError, match="label: expected none, since the lines that were learnt from have none"):
        LineSymbols(None, (), 20).beginning("cat")


@pytest.mark.parametrize(
    "symbols", [LineSymbols.learn(LINES, CONFIG), LineSymbols(None, (), 20)], ids=["text", "oracle"]
)
def test_a_folder_keeps_them(symbols, tmp_path):
    symbols.save(tmp_path)
    loaded = LineSymbols.load(tmp_path)
    assert (loaded.labels, loaded.steps, loaded.written) == (symbols.labels, symbols.steps, symbols.written)


@pytest.mark.parametrize("content", ["[]", "{}", '{"labels": [1], "steps": 3, "has_tokenizer": false}'])
def test_a_broken_file_is_named(content, tmp_path):
    (tmp_path / "lines.json").write_text(content)
    with pytest.raises(DataError, match=r"lines\.json: expected what lines are"):
        LineSymbols.load(tmp_path)


def test_lines_of_an_oracle_have_its_length(tmp_path):
    (tmp_path / "lines.json").write_text('{"labels": [], "steps": 2147483648, "has_tokenizer": false}')
    with pytest.raises(DataError, match=r"lines\.json: expected the 20 steps of an oracle's lines, got 2147483648"):
        LineSymbols.load(tmp_path)
