"""Figures as files that need neither a network nor a browser."""

import re
import struct

import pytest

from recurra import figures
from recurra.errors import DataError

EVIL = "</script><script>alert(1)</script>"
TABLE = [[3, 1], [0, 2]]


def test_a_page_needs_no_network_and_is_small(tmp_path):
    file = tmp_path / "confusion.html"
    figures.save(figures.confusion(TABLE, ["a", "b"]), file)
    page = file.read_text(encoding="utf-8")
    assert not re.search(r'<(script|link)[^>]*(src|href)="http', page)
    assert file.stat().st_size < 1_200_000


def test_texts_cannot_leave_their_place_in_a_page(tmp_path):
    file = tmp_path / "confusion.html"
    figures.save(figures.confusion([[1]], [EVIL], title=EVIL), file)
    assert EVIL not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["figure.svg", "figure.png", "FIGURE.PNG"])
def test_pictures_are_written_without_a_browser(tmp_path, name):
    figures.save(figures.confusion(TABLE, ["a <b>", "b"]), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    if name.endswith("svg"):
        assert b"a &lt;b&gt;" in content
    else:
        assert content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", content[16:24])
        assert width > 100
        assert height > 100


@pytest.mark.parametrize("name", ["picture", "picture.pdf", "picture.html.gz"])
def test_a_name_with_another_ending_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=r"picture.*: expected a picture's name, which ends in \.html or"):
        figures.save(figures.confusion([[1]], ["a"]), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_each_figure_is_written_as_svg_and_png_into_a_new_folder(tmp_path):
    charts = {"first": figures.confusion(TABLE, ["a", "b"]), "second": figures.curves([], [])}
    figures.save_each(charts, tmp_path / "new" / "folder")
    names = sorted(file.name for file in (tmp_path / "new" / "folder").iterdir())
    assert names == ["first.png", "first.svg", "second.png", "second.svg"]


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file: expected a folder that can be written"):
        figures.save_each({}, tmp_path / "file")
