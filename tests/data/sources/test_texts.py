from pathlib import Path

import pytest

from recurra import DataError
from recurra.data.sources.texts import resolve
from recurra.data.text.text_files import Text


@pytest.fixture(autouse=True)
def no_development_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RECURRA_DATA", raising=False)


def _read(text: Text) -> str:
    return "".join(text.pieces())


def test_a_file_a_list_of_files_and_a_folder_are_one_part_each(tmp_path):
    for name, content in (("b.txt", "B\n"), ("a.txt", "A\n"), ("c.md", "C\n")):
        (tmp_path / name).write_text(content)
    for data, expected in (
        (tmp_path / "b.txt", "B\n"),
        (str(tmp_path / "c.md"), "C\n"),
        ([tmp_path / "b.txt", str(tmp_path / "a.txt")], "B\nA\n"),
        (tmp_path, "A\nB\n"),
    ):
        parts = resolve(data)
        assert {name: _read(text) for name, text in parts.items()} == {"train": expected}


def test_a_file_comes_before_a_data_set_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("python-docs").write_text("mine")
    assert _read(resolve("python-docs")["train"]) == "mine"


def test_a_data_set_comes_before_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("python-docs").mkdir()
    Path("python-docs/one.txt").write_text("mine")
    assert set(resolve("python-docs")) == {"train", "valid"}


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError) as caught:
        resolve("tinyshakespear")
    expected = "tinyshakespear: expected a file, a folder or a named data set (python-docs, tinyshakespeare, ptb_lm"
    assert str(caught.value).startswith(expected)


def test_a_text_in_place_of_its_path_is_wrong_data():
    with pytest.raises(DataError, match="expected a file, a folder or a named data set"):
        resolve("a text is not the path of a text. " * 100)


def test_a_folder_without_texts_is_named(tmp_path):
    with pytest.raises(DataError, match=r"expected \.txt files in this folder, found none") as caught:
        resolve(tmp_path)
    assert str(caught.value).startswith(str(tmp_path))


def test_a_missing_file_of_a_list_is_named_when_it_is_read(tmp_path):
    (tmp_path / "a.txt").write_text("A")
    with pytest.raises(DataError, match=r"b\.txt: expected a text file, found nothing there"):
        _read(resolve([tmp_path / "a.txt", tmp_path / "b.txt"])["train"])
