"""Labelled sentences by what a person names: files of any format, several at once, and named sets."""

from pathlib import Path

import pytest

from recurra import DataError
from recurra.data.sentences import columns, conllu, json_sentences
from recurra.data.sentences.layout import Layout
from recurra.data.sources import tagged

CHUNKS = "He PRP B-NP\nreckons VBZ B-VP\n\n\nThe DT B-NP\ndeficit NN I-NP\n"


TREE = (Path(__file__).parents[1] / "samples" / "spanish.conllu").read_text()


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(DataError, match=r"conll2001: expected .* named data set \(conll2000, .*wnut17\), found none"):
        tagged.resolve("conll2001")
    with pytest.raises(DataError, match="expected a file of sentences, found nothing there"):
        tagged.resolve([tmp_path / "nothing.conll"])
    with pytest.raises(DataError, match="expected a file, a folder or a named data set, got none"):
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


# --- what the columns are ---------------------------------------------------------------------------------------------

GERMEVAL = (Path(__file__).parents[1] / "samples" / "germeval.tsv").read_text()


def test_other_files_are_read_as_the_first_one(write):
    layout = columns.read(write("a x B-X\nb y I-X\n"), "word=2,chunk=3").layout
    found = tagged.resolve(write("a He O more\n", "other.txt"), layout=layout)["train"]
    assert (found.words, found.labels) == ([["He"]], {"chunk": [["O"]]})
    with pytest.raises(DataError, match=r"other.txt:1: columns: expected numbers from 1 to 2, got '3'"):
        tagged.resolve(write("He O\n", "other.txt"), layout=layout)
    usual = columns.read(write("a x B-X\nb y I-X\n")).layout
    assert tagged.read(write("He X O more\n", "other.txt"), layout=usual).labels == {"label": [["O"]]}
    assert tagged.read(write("He O\n", "other.txt"), layout=usual).labels == {"label": [["O"]]}
    fields = conllu.read(write(TREE, "a.conllu"), "word=lemma,xpos").layout
    found = tagged.read(write(TREE, "b.CONLLU"), layout=fields)
    assert (found.words[1], found.labels) == (["mar"], {"xpos": [["V1", "P1"], ["N1"]]})
    assert tagged.read(write("He O\n", "other.txt"), layout=fields).words == [["He"]]
    two = '{"words": ["yes"], "labels": {"pos": ["UH"], "chunk": ["O"]}}'
    kept = json_sentences.read(write(two, "two.jsonl"), "tag=pos").layout
    assert tagged.read(write(two, "two.jsonl"), layout=kept).labels == {"tag": [["UH"]]}


def test_further_files_are_read_as_the_first(write):
    first, second = write(GERMEVAL, "a.tsv"), write(GERMEVAL.replace("\tO\n", "\tB-X\n"), "b.tsv")
    third = write("x1\tRom\tB-LOC\tB-X\n", "c.tsv")
    found = tagged.resolve([first, second, third])["train"]
    assert found.words == [["Aufgrund", "Troia"], ["TSV", "Bayer", "1860"]] * 2 + [["Rom"]]
    assert found.labels["label"][-1] == ["B-LOC"]


def test_conllu_is_known_by_its_lines_too(write):
    path = write(TREE, "tree.conll")
    assert tagged.read(path).words == [["vamos", "nos"], ["mar"]]
    assert tagged.read(path, "xpos").labels == {"xpos": [["V1", "P1"], ["N1"]]}
    kept = Layout("json", "words", {"label": "label"})
    objects = write('{"words": ["yes"], "labels": ["X"]}', "standard input")
    assert tagged.read(objects, layout=kept).labels == {"label": [["X"]]}
    plain = write(TREE.split("\n\n")[1].replace("# another\n", ""), "tree.tsv")
    assert tagged.read(plain, "word=2,4").labels == {"4": [["NOUN"]]}
