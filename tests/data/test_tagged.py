"""Readers of labelled sentences: columns, CoNLL-U, JSON lines, named sets, and what was given in memory."""

import json

import pytest

from recurra import DataError
from recurra.data import columns, conllu, json_sentences, sentences, tagged

CHUNKS = "He PRP B-NP\nreckons VBZ B-VP\n\n\nThe DT B-NP\ndeficit NN I-NP\n"


def write(tmp_path, text, name="given.conll", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        CHUNKS,
        CHUNKS.replace("\n", "\r\n"),
        CHUNKS.replace(" ", "\t"),
        CHUNKS.replace("\n\n\n", "\n \t\n"),
        CHUNKS.rstrip(),
        "\ufeff-DOCSTART- -X- O\n\n" + CHUNKS,
        CHUNKS.replace(" PRP ", "   PRP  ").replace("B-VP", "B-VP "),
    ],
    ids=["plain", "CRLF", "tabs", "white space between", "no end", "byte order mark and documents", "more spaces"],
)
def test_columns(tmp_path, text):
    path = write(tmp_path, text)
    found = columns.read(path)
    assert found.words == [["He", "reckons"], ["The", "deficit"]]
    assert found.labels == {"label": [["B-NP", "B-VP"], ["B-NP", "I-NP"]]}
    both = columns.read(path, "pos=2,chunk=-1")
    assert both.words == found.words
    assert both.labels == {"pos": [["PRP", "VBZ"], ["DT", "NN"]], "chunk": found.labels["label"]}
    assert columns.read(path, "word=2,1").words == [["PRP", "VBZ"], ["DT", "NN"]]
    assert found.name(0).startswith(f"{path}:")


def test_a_cell_between_tabs_may_hold_spaces_and_one_column_has_no_labels(tmp_path):
    found = columns.read(write(tmp_path, "New York\tB-LOC\nis\tO\n"))
    assert (found.words, found.labels) == ([["New York", "is"]], {"label": [["B-LOC", "O"]]})
    alone = columns.read(write(tmp_path, "New\nYork\n\nis\n"))
    assert (alone.words, alone.labels, alone.names[1][-2:]) == ([["New", "York"], ["is"]], {}, ":4")


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_white_space_other_than_spaces_and_tabs_is_part_of_a_word(tmp_path, separator):
    words = ["10\u00a0000", "\u3000", "a\x85b"]
    found = columns.read(write(tmp_path, "".join(f"{word}{separator}X\n" for word in words)))
    assert (found.words, found.labels) == ([words], {"label": [["X"] * 3]})


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("He PRP B-NP\nreckons VBZ\n", "", r"given.conll:2: expected 3 columns, as in line 1, got 2: 'reckons VBZ'"),
        ("\nHe PRP B-NP\n\n\nyes no\n", "", r"given.conll:5: expected 3 columns, as in line 2, got 2"),
        ("\n \n", "", r"given.conll: expected sentences, found none"),
        (CHUNKS, "4", r"given.conll:1: columns: expected numbers from 1 to 3, got '4'"),
        (CHUNKS, "pos=0", r"columns: expected numbers from 1 to 3, got '0'"),
        (CHUNKS, "pos=two", r"got 'two'"),
        (CHUNKS, "pos=1,pos=2", r"columns: expected such as 3, 2,3 or pos=2,chunk=3, got 'pos=1,pos=2'"),
        (CHUNKS, "pos=", r"columns: expected such as"),
    ],
)
def test_bad_columns_are_told(tmp_path, text, wanted, message):
    with pytest.raises(DataError, match=message):
        columns.read(write(tmp_path, text), wanted)


def test_text_that_is_not_utf8_is_told(tmp_path):
    with pytest.raises(DataError, match=r"given.conll:2: expected UTF-8 text"):
        columns.read(write(tmp_path, "ja O\ncaf\u00e9 O\n", encoding="latin-1"))


TREE = """# text = vámonos al mar
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\tV1\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\tP1\t_\t1\tobj\t_\t_
2.1\tx\t_\t_\t_\t_\t_\t_\t_\t_

# another
1\tmar\tmar\tNOUN\tN1\t_\t0\troot\t_\t_
"""


def test_conllu(tmp_path):
    path = write(tmp_path, TREE, "given.conllu")
    found = tagged.resolve(str(path))["train"]
    assert found.words == [["vamos", "nos"], ["mar"]]
    assert found.labels == {"upos": [["VERB", "PRON"], ["NOUN"]]}
    assert found.names == [f"{path}:3", f"{path}:8"]
    other = conllu.read(path, "word=lemma,pos=xpos,deprel")
    assert other.words[0] == ["ir", "nosotros"]
    assert other.labels == {"pos": [["V1", "P1"], ["N1"]], "deprel": [["root", "obj"], ["root"]]}
    with pytest.raises(DataError, match=r"columns: expected fields of id, form, .* got 'pos'"):
        conllu.read(path, "pos")
    with pytest.raises(DataError, match=r"given.conllu:2: expected 10 fields between tabs, got 2"):
        conllu.read(write(tmp_path, "# a\n1\tmar\n", "given.conllu"))
    with pytest.raises(DataError, match=r"given.conllu:3: expected an id such as 1, 1-2 or 1.1, got 'one'"):
        conllu.read(write(tmp_path, TREE.replace("\n1\t", "\none\t", 1), "given.conllu"))
    with pytest.raises(DataError, match=r"given.conllu: expected sentences, found none"):
        conllu.read(write(tmp_path, "# a\n", "given.conllu"))


def test_json_lines(tmp_path):
    lines = [{"words": ["He", "reckons"], "labels": ["A", "B"]}, {"words": ["yes"], "labels": ["C"]}]
    path = write(tmp_path, "\n\n".join(map(json.dumps, lines)), "given.jsonl")
    found = tagged.resolve([path])["train"]
    assert (found.words, found.labels) == ([["He", "reckons"], ["yes"]], {"label": [["A", "B"], ["C"]]})
    assert found.names == [f"{path}:1", f"{path}:3"]
    two = {"words": ["yes"], "labels": {"pos": ["UH"], "chunk": ["O"]}}
    path = write(tmp_path, json.dumps(two), "two.jsonl")
    assert json_sentences.read(path).labels == {"pos": [["UH"]], "chunk": [["O"]]}
    assert json_sentences.read(path, "tag=pos").labels == {"tag": [["UH"]]}
    other = {"labels": {"chunk": ["B"], "pos": ["NN"]}, "words": ["no"]}
    path = write(tmp_path, json.dumps(two) + "\n" + json.dumps(other), "order.jsonl")
    assert json_sentences.read(path).labels == {"pos": [["UH"], ["NN"]], "chunk": [["O"], ["B"]]}
    assert json_sentences.read(write(tmp_path, '{"words": ["yes"]}', "bare.jsonl")).labels == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"given.jsonl:1: expected a JSON object, got: "),
        ("[1]", r"given.jsonl:1: expected a JSON object, got \[1\]"),
        ('{"words": "He"}', r"given.jsonl:1: expected words, a list of texts"),
        ('{"words": ["He"], "labels": [1]}', r"given.jsonl:1: expected labels of label, a list of texts"),
        ('{"words": ["He"], "labels": ["A", "B"]}', r"given.jsonl:1: expected 1 labels of label, got 2"),
        ('{"words": ["a"], "labels": ["A"]}\n{"words": ["b"]}', r"given.jsonl:2: expected labels of label, as in .*:1"),
        ("\n", r"given.jsonl: expected sentences, found none"),
    ],
)
def test_bad_json_is_told(tmp_path, line, message):
    with pytest.raises(DataError, match=message):
        json_sentences.read(write(tmp_path, line, "given.jsonl"))


def test_sentences_given_in_memory():
    made = sentences.given([["He", "reckons"], []], [("A", "B"), ()])
    assert (made.labels, made.name(1), len(made)) == ({"label": [["A", "B"], []]}, "sentence 2", 2)
    assert made.select([1]).name(0) == "sentence 2"
    assert sentences.given([["a"]], {"pos": [["X"]], "chunk": [["Y"]]}).labels["chunk"] == [["Y"]]
    assert tagged.resolve(made)["train"] is made
    with pytest.raises(DataError, match="sentence 1: expected 2 labels of label, got 1"):
        sentences.given([["He", "reckons"]], [["A"]])
    with pytest.raises(DataError, match="label: expected labels of 2 sentences, got 1"):
        sentences.given([["He"], ["is"]], [["A"]])
    assert sentences.given(iter([["a"]])).words == [["a"]]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (["He reckons"], [["A", "B"]], "sentences: expected lists of words, got a text"),
        ("He reckons", None, "sentences: expected lists of words, got a text"),
        ([1, 2], None, "sentences: expected lists of words, got int"),
        (3, None, "sentences: expected lists of words, got int"),
        ([["a", "b"]], ["AB"], "label: expected lists of labels, got a text"),
        ([["a", "b"]], {"pos": ["AB"]}, "pos: expected lists of labels, got a text"),
    ],
)
def test_what_is_no_list_of_words_or_labels_is_told(X, y, message):
    with pytest.raises(DataError, match=message):
        sentences.given(X, y)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match=r"conll2001: expected .* named data set \(conll2000, .*wnut17\), found none"):
        tagged.resolve("conll2001")
    with pytest.raises(DataError, match="expected a file of sentences, found nothing there"):
        tagged.resolve([tmp_path / "nothing.conll"])
    with pytest.raises(DataError, match="expected files of sentences, got none"):
        tagged.resolve([])
    with pytest.raises(DataError, match="expected a file of sentences, found a folder"):
        tagged.resolve(tmp_path)


@pytest.mark.parametrize(
    ("name", "columns", "sizes"),
    [
        ("conll2000", ["chunk"], {"train": (8936, 211_727), "test": (2012, 47_377)}),
        ("conll2000/pos+chunk", ["pos", "chunk"], {"train": (8936, 211_727), "test": (2012, 47_377)}),
        ("conll2000/pos", ["pos"], {"train": (8936, 211_727), "test": (2012, 47_377)}),
        ("ud_english_ewt", ["upos"], {"train": (12_544, 204_577), "valid": (2001, 25_147), "test": (2077, 25_094)}),
        ("wnut17", ["label"], {"train": (3394, 62_730), "valid": (1009, 15_733), "test": (1287, 23_394)}),
    ],
)
def test_named_sets_have_their_published_sizes(shared_data, monkeypatch, name, columns, sizes):
    monkeypatch.setenv("RECURRA_DATA", str(shared_data(name.split("/")[0]).parent))
    parts = tagged.resolve(name)
    assert {part: (len(own), sum(map(len, own.words))) for part, own in parts.items()} == sizes
    assert all(list(own.labels) == columns for own in parts.values())
