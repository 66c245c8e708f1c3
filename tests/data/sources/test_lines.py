import pytest

from recurra import DataError
from recurra.data.sources import lines
from recurra.data.text.lines import Lines


def test_a_text_file_has_a_text_on_each_line(tmp_path):
    (tmp_path / "a.txt").write_text("one two\n\nthree\n")
    assert lines.resolve(tmp_path / "a.txt") == {"train": Lines(["one two", "three"])}


def test_labels_come_from_folders_and_columns(tmp_path):
    (tmp_path / "classes").mkdir()
    for name in ("cat", "dog"):
        (tmp_path / "classes" / f"{name}.txt").write_text(f"a {name}\n")
    (tmp_path / "a.tsv").write_text("cat\ta cat\ndog\ta dog\n")
    expected = {"train": Lines(["a cat", "a dog"], ["cat", "dog"])}
    assert lines.resolve(tmp_path / "classes") == expected
    assert lines.resolve(tmp_path / "a.tsv") == expected


def test_several_files_are_one(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(f"{name}\n")
    (tmp_path / "c.tsv").write_text("x\tc\n")
    assert lines.resolve([tmp_path / "a.txt", tmp_path / "b.txt"])["train"] == Lines(["a", "b"])
    with pytest.raises(DataError, match="expected files that all have labels, or none of them"):
        lines.resolve([tmp_path / "a.txt", tmp_path / "c.tsv"])


def test_what_is_no_text_is_named(tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(DataError, match=r"empty\.txt: expected"):
        lines.resolve(tmp_path / "empty.txt")
    with pytest.raises(DataError, match=r"nowhere: expected a file, a folder or a named data set \(multi30k/en"):
        lines.resolve("nowhere")


def test_named_sets_of_lines_and_of_labelled_texts(shared_data):
    shared_data("trec_qc")
    parts = lines.resolve("trec_qc")
    assert len(parts["train"]) == 5452
    assert len(set(parts["train"].labels)) == 6
    shared_data("multi30k")
    assert lines.resolve("multi30k/en")["valid"].texts[0].startswith("A group of men")


def test_the_oracle_is_drawn_once(shared_data, monkeypatch):
    shared_data("seqgan_oracle")
    from recurra.data.text.oracle import Oracle

    monkeypatch.setattr(Oracle, "sample", lambda self, count, seed: _few(count))
    first = lines.resolve("seqgan_oracle")
    monkeypatch.setattr(Oracle, "sample", None)
    second = lines.resolve("seqgan_oracle")
    assert {part: len(found) for part, found in first.items()} == {"train": 10_000, "valid": 2_000, "test": 10_000}
    assert first["train"].fingerprint() == second["train"].fingerprint()
    assert second["test"].oracle is not None


def _few(count):
    import numpy as np

    return np.zeros((count, 20), np.int64)
