import pytest

from recurra import DataError
from recurra.data.sequences.readers import labelled_text
from recurra.data.sources import labelled


def test_a_folder_with_a_file_for_each_class(tmp_path):
    (tmp_path / "cat.txt").write_text("meow\n\npurr\n")
    (tmp_path / "dog.txt").write_text("woof\n")
    (tmp_path / "SOURCE.txt").write_text("the yard\n")
    examples = labelled.resolve(tmp_path)["train"]
    assert examples.inputs == ["meow", "purr", "woof"]
    assert examples.answers == ["cat", "cat", "dog"]
    assert examples.name(1) == f"{tmp_path / 'cat.txt'}:3"


def test_lines_of_label_and_text(tmp_path):
    path = tmp_path / "data.tsv"
    path.write_text("good\tI like it\nbad\tI do not\n")
    assert labelled.resolve(path)["train"].answers == ["good", "bad"]
    assert labelled.resolve([path, path])["train"].inputs == ["I like it", "I do not"] * 2
    path.write_text("good I like it\n")
    with pytest.raises(DataError, match=r"data.tsv:1: expected a label, a tab and a text, got 'good I like it'"):
        labelled.resolve(path)


def test_questions_have_a_coarse_and_a_fine_class(tmp_path):
    path = tmp_path / "train.txt"
    path.write_bytes("DESC:def What is caf\u00e9 ?\n".encode("latin-1"))
    examples = labelled_text.read_trec(path)
    assert (examples.inputs, examples.answers) == (["What is caf\u00e9 ?"], ["DESC"])
    assert labelled_text.read_trec(path, fine=True).answers == ["DESC:def"]
    path.write_text("What is it ?\n")
    with pytest.raises(DataError, match=r"train.txt:1: expected COARSE:fine and a question"):
        labelled_text.read_trec(path)


def test_lines_of_more_columns_are_no_labels_and_texts(tmp_path):
    path = tmp_path / "data.tsv"
    path.write_text("1\tgood\tI like it\n2\tbad\tI do not\n")
    with pytest.raises(DataError, match=r"data.tsv:1: expected a label, a tab and a text, got 3 columns in all lines"):
        labelled.resolve(path)
    path.write_text("id\tlabel\ttext\n" + path.read_text())
    assert labelled.resolve(path)["train"].answers == ["good", "bad"]
    path.write_text("good \tI\tlike it\nbad\tI do not\n")  # a text may hold a tab
    assert labelled.resolve(path)["train"].answers == ["good", "bad"]
    path.write_text("good\tI like it\n \tI do not\n")
    with pytest.raises(DataError, match=r"data.tsv:2: expected a label, a tab and a text"):
        labelled.resolve(path)
