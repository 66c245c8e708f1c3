"""Symbols in lines."""

from recurra.figures.text_lines import BREAK, text_lines


def test_a_line_ends_where_the_text_says_so_or_is_full():
    lines = text_lines(list("abc\ndefgh"), columns=4)
    assert [cell["line"] for cell in lines.cells] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert [cell["start"] for cell in lines.cells] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert (lines.columns, lines.lines) == (4, 3)


def test_a_break_ends_a_line_and_is_not_shown():
    lines = text_lines(["a", BREAK, "b"])
    assert [(cell["text"], cell["line"]) for cell in lines.cells] == [("a", 0), (" ", 0), ("b", 1)]


def test_words_stand_apart():
    lines = text_lines(["one", "three"], gap=1)
    assert [(cell["start"], cell["end"]) for cell in lines.cells] == [(0, 3), (4, 9)]


def test_what_cannot_be_seen_has_a_sign_and_wide_characters_have_two_cells():
    lines = text_lines(["\n", "\t", "中", "\x00", " ", ""])
    assert [cell["text"] for cell in lines.cells] == ["⏎", "⇥", "中", "�", " ", ""]
    assert [cell["end"] - cell["start"] for cell in lines.cells] == [1, 1, 2, 1, 1, 1]


def test_the_middle_of_a_very_long_symbol_is_left_out():
    (cell,) = text_lines(["a" * 1000]).cells
    assert len(cell["text"]) <= 24


def test_no_symbols_make_no_lines():
    assert text_lines([]).lines == 0
