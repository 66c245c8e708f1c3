import pytest

from recurra import DataError
from recurra.data.sentences.line_blocks import Line, blocks_of


def test_lines_without_cells_end_a_sentence():
    lines = [(1, ""), (2, "a b"), (3, "c"), (4, ""), (5, ""), (6, "d")]
    assert list(blocks_of(lines, "file", str.split)) == [
        [Line(2, "a b", ["a", "b"]), Line(3, "c", ["c"])],
        [Line(6, "d", ["d"])],
    ]


def test_a_sentence_far_too_long_is_refused_with_its_first_line(monkeypatch):
    monkeypatch.setattr("recurra.data.sentences.line_blocks.MOST_WORDS", 3)
    monkeypatch.setattr("recurra.data.sentences.sentences.MOST_WORDS", 3)
    with pytest.raises(DataError, match="file:2: expected a sentence of at most 3 words"):
        list(blocks_of([(n, "a") for n in range(2, 9)], "file", str.split))
