"""Pages of texts, tables and figures."""

import re

import pytest

from recurra import figures
from recurra.errors import DataError
from recurra.figures import Section, Table
from recurra.figures.page import page

EVIL = "</script><script>alert(1)</script>"
CHART = figures.confusion([[3, 1], [0, 2]], ["a", "b"])


def test_a_page_has_its_sections_in_order_and_a_figure_for_each_call():
    first = Section("First", "The verdict.", ["a line", "another"], figures={"one": (CHART, "What to see.")})
    second = Section("Second", tables=[Table(["cell", "loss"], [["lstm", "0.1"]])], figures={"two": (CHART, "")})
    text = page("Report", [first, second])
    shown = re.sub(r"<script.*", "", text, flags=re.DOTALL)
    wanted = [
        "<h1>Report</h1>",
        "First</h2>",
        "The verdict.",
        "a line\nanother",
        "figure-0",
        "What to see.",
        "Second</h2>",
    ]
    wanted += ["<th>cell</th><th>loss</th>", "<td>lstm</td><td>0.1</td>", "figure-1"]
    places = [shown.index(part) for part in wanted]
    assert places == sorted(places)
    assert text.count('draw("#figure-') == 2
    assert shown.count('href="#part-') == 2


def test_texts_of_every_kind_are_shown_as_text():
    chart = figures.confusion([[1]], [EVIL], title=EVIL)
    section = Section(EVIL, EVIL, [EVIL], [Table([EVIL], [[EVIL]])], {EVIL: (chart, EVIL)})
    text = page(EVIL, [section, section])
    assert EVIL not in text
    assert text.count("<script") == 2


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match=r"report\.html: expected a file that can be written"):
        figures.save_page("Report", [Section("Part")], tmp_path / "none" / "report.html")
    assert not list(tmp_path.iterdir())


def test_pictures_stand_between_the_tables_and_the_figures():
    url = "data:image/gif;base64,R0lG"
    section = Section("A", tables=[Table(["x"], [])], figures={"one": (CHART, "")}, pictures=[(url, "What moves.")])
    text = page("Report", [section])
    places = [text.index(part) for part in ("</table>", f'<img src="{url}"', "What moves.</figcaption>", "figure-0")]
    assert places == sorted(places)


def test_what_is_said_of_a_picture_is_shown_as_text():
    text = page("Report", [Section(pictures=[(f'x" onerror="{EVIL}', EVIL)])])
    assert "alert(1)</script>" not in text.partition('<script type="text/javascript">')[0]
    assert 'onerror="' not in text
