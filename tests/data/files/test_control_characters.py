"""Texts that would move a terminal's cursor, or break a table."""

from recurra.data.files.control_characters import cell, visible


def test_control_characters_are_shown():
    assert visible("a\x1b[31mb\x07\x7f\x9bc\x00") == r"a\x1b[31mb\x07\x7f\x9bc\x00"
    assert visible("tab\tand\nline\r\nends é中👧") == "tab\tand\nline\r\nends é中👧"
    assert visible("over\rwritten") == r"over\rwritten"


def test_a_cell_has_no_tab_and_no_line_break():
    assert cell("a\tb\nc\r\nd\u2028e\x0bf\x85g") == r"a\tb\nc\r\nd\u2028e\x0bf\x85g"
    assert cell("C:\\new é\xa0中") == "C:\\new é\xa0中"
