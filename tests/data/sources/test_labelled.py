import gzip
import struct

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import idx, labelled_text
from recurra.data.sources import labelled, tagged, texts, translations


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


def test_what_is_to_be_answered_needs_no_labels(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("Rossi\nTanaka\n")
    assert labelled.unanswered(path, texts=True).inputs == ["Rossi", "Tanaka"]


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(DataError, match=r"expected a file of .csv, .jsonl"):
        labelled.resolve([tmp_path / "data.xyz"])
    with pytest.raises(DataError, match="found nothing there"):
        labelled.resolve([tmp_path / "data.ts"])
    with pytest.raises(
        DataError, match=r"mnits: expected a file, a folder or a named data set \(names18.*\), found none"
    ):
        labelled.resolve("mnits")
    with pytest.raises(DataError, match=r"ptb_lm: .* found one for language-model"):
        labelled.resolve("ptb_lm")
    with pytest.raises(DataError, match=r"names18: .* found one for classifier"):
        texts.resolve("names18")
    with pytest.raises(DataError, match=r"expected a .txt file for each of at least two classes, found 0"):
        labelled.resolve(tmp_path)


def test_examples_are_chosen_and_counted():
    examples = Examples(np.arange(12).reshape(4, 3, 1), [0, 1, 2, 3])
    chosen = examples.select([2, 0])
    np.testing.assert_array_equal(chosen.inputs[0], examples.inputs[2])
    assert chosen.answers == [2, 0]
    with pytest.raises(DataError, match="expected an answer for each of 4 sequences, got 1"):
        Examples(examples.inputs, [1])
    with pytest.raises(DataError, match="expected at least one sequence"):
        Examples([])


def test_idx_files(tmp_path):
    path = tmp_path / "images.gz"
    content = struct.pack(">HBB2I", 0, 8, 2, 2, 3) + bytes(range(6))
    path.write_bytes(gzip.compress(content))
    np.testing.assert_array_equal(idx.read(path), [[0, 1, 2], [3, 4, 5]])
    for wrong, said in ((content[:-1], "expected 6 bytes for shape"), (b"\1" + content[1:], "expected an idx file")):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(DataError, match=said):
            idx.read(tmp_path / "wrong")


def test_questions_have_a_coarse_and_a_fine_class(tmp_path):
    path = tmp_path / "train.txt"
    path.write_bytes("DESC:def What is caf\u00e9 ?\n".encode("latin-1"))
    examples = labelled_text.read_trec(path)
    assert (examples.inputs, examples.answers) == (["What is caf\u00e9 ?"], ["DESC"])
    assert labelled_text.read_trec(path, fine=True).answers == ["DESC:def"]
    path.write_text("What is it ?\n")
    with pytest.raises(DataError, match=r"train.txt:1: expected COARSE:fine and a question"):
        labelled_text.read_trec(path)


@pytest.mark.parametrize(
    ("name", "train", "test", "classes"),
    [
        ("names18", 17_937, 2_113, 18),
        ("trec_qc", 5452, 500, 6),
        ("trec_qc/fine", 5452, 500, 50),
        ("mnist", 60_000, 10_000, 10),
        ("mnist/pixels", 60_000, 10_000, 10),
        ("ucr_uea/JapaneseVowels", 270, 370, 9),
        ("ucr_uea/BasicMotions", 40, 40, 4),
    ],
)
def test_named_sets_have_their_published_sizes(shared_data, monkeypatch, name, train, test, classes):
    monkeypatch.setenv("RECURRA_DATA", str(shared_data(name.split("/")[0]).parent))
    parts = labelled.resolve(name)
    assert len(parts["train"]) == train
    assert len(set(parts["train"].answers)) == classes
    assert (len(parts["test"]) if test else "test" in parts) == (test or False)


def test_endings_count_in_any_case(tmp_path):
    for name in ("A.TXT", "b.txt", "._b.txt"):
        (tmp_path / name).write_text("x\n")
    assert labelled.resolve(tmp_path)["train"].answers == ["A", "b"]
    (tmp_path / "DATA.CSV").write_text("t0,t1,label\n1,2,a\n3,4,b\n")
    assert labelled.resolve(tmp_path / "DATA.CSV")["train"].answers == ["a", "b"]


def test_no_name_is_not_the_folder_we_are_in(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x\n")
    (tmp_path / "b.txt").write_text("x\n")
    monkeypatch.chdir(tmp_path)
    for resolve in (labelled.resolve, texts.resolve, tagged.resolve, translations.resolve):
        for data in ("", " ", ["", "a.txt"]):
            with pytest.raises(DataError, match=r"expected a file, a folder or a named data set, got ' ?'"):
                resolve(data)


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl", "a.txt"])
def test_a_text_that_is_a_whole_file_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(labelled, "LONGEST_TEXT", 10)
    path = tmp_path / name
    content = {".tsv": "a\t{}\n", ".csv": "label,text\na,{}\n", ".jsonl": '{{"text": "{}"}}\n', ".txt": "{}\n"}[
        path.suffix
    ]
    for length, fits in ((10, True), (11, False)):
        path.write_text(content.format("x" * length))
        if fits:
            assert len(labelled.unanswered(path, texts=True)) == 1
        else:
            with pytest.raises(DataError, match=rf"{name}:\d: expected a text of at most 10 characters, got 11"):
                labelled.unanswered(path, texts=True)


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.jsonl"])
def test_a_file_of_nothing_is_named(tmp_path, name):
    (tmp_path / name).write_text("\n \n")
    with pytest.raises(DataError, match=rf"{name}: expected at least one sequence, got none"):
        labelled.resolve(tmp_path / name)


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
