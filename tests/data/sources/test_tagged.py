"""Labelled sentences by what a person names: files of any format, several at once, and named sets."""

import pytest

from recurra import DataError
from recurra.data.sentences import columns, conllu, json_sentences
from recurra.data.sentences.layout import Layout
from recurra.data.sources import tagged

CHUNKS = "He PRP B-NP\nreckons VBZ B-VP\n\n\nThe DT B-NP\ndeficit NN I-NP\n"


def write(tmp_path, text, name="given.conll", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


TREE = """# text = vámonos al mar
1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tvamos\tir\tVERB\tV1\t_\t0\troot\t_\t_
2\tnos\tnosotros\tPRON\tP1\t_\t1\tobj\t_\t_
2.1\tx\t_\t_\t_\t_\t_\t_\t_\t_

# another
1\tmar\tmar\tNOUN\tN1\t_\t0\troot\t_\t_
"""


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

GERMEVAL = """#\thttp://de.wikipedia.org/wiki/Manfred_Korfmann\t[2009-10-17]
1\tAufgrund\tO\tO
2\tTroia\tB-LOC\tO

#\thttp://de.wikipedia.org/wiki/1955\t[2010-01-11]
1\tTSV\tB-ORG\tO
2\tBayer\tI-ORG\tB-OTH
3\t1860\tI-ORG\tO
"""


def test_other_files_are_read_as_the_first_one(tmp_path):
    layout = columns.read(write(tmp_path, "a x B-X\nb y I-X\n"), "word=2,chunk=3").layout
    found = tagged.resolve(write(tmp_path, "a He O more\n", "other.txt"), layout=layout)["train"]
    assert (found.words, found.labels) == ([["He"]], {"chunk": [["O"]]})
    with pytest.raises(DataError, match=r"other.txt:1: columns: expected numbers from 1 to 2, got '3'"):
        tagged.resolve(write(tmp_path, "He O\n", "other.txt"), layout=layout)
    usual = columns.read(write(tmp_path, "a x B-X\nb y I-X\n")).layout
    assert tagged.read(write(tmp_path, "He X O more\n", "other.txt"), layout=usual).labels == {"label": [["O"]]}
    assert tagged.read(write(tmp_path, "He O\n", "other.txt"), layout=usual).labels == {"label": [["O"]]}
    fields = conllu.read(write(tmp_path, TREE, "a.conllu"), "word=lemma,xpos").layout
    found = tagged.read(write(tmp_path, TREE, "b.CONLLU"), layout=fields)
    assert (found.words[1], found.labels) == (["mar"], {"xpos": [["V1", "P1"], ["N1"]]})
    assert tagged.read(write(tmp_path, "He O\n", "other.txt"), layout=fields).words == [["He"]]
    two = '{"words": ["yes"], "labels": {"pos": ["UH"], "chunk": ["O"]}}'
    kept = json_sentences.read(write(tmp_path, two, "two.jsonl"), "tag=pos").layout
    assert tagged.read(write(tmp_path, two, "two.jsonl"), layout=kept).labels == {"tag": [["UH"]]}


def test_further_files_are_read_as_the_first(tmp_path):
    first, second = write(tmp_path, GERMEVAL, "a.tsv"), write(tmp_path, GERMEVAL.replace("\tO\n", "\tB-X\n"), "b.tsv")
    third = write(tmp_path, "x1\tRom\tB-LOC\tB-X\n", "c.tsv")
    found = tagged.resolve([first, second, third])["train"]
    assert found.words == [["Aufgrund", "Troia"], ["TSV", "Bayer", "1860"]] * 2 + [["Rom"]]
    assert found.labels["label"][-1] == ["B-LOC"]


def test_conllu_is_known_by_its_lines_too(tmp_path):
    path = write(tmp_path, TREE, "tree.conll")
    assert tagged.read(path).words == [["vamos", "nos"], ["mar"]]
    assert tagged.read(path, "xpos").labels == {"xpos": [["V1", "P1"], ["N1"]]}
    kept = Layout("json", "words", {"label": "label"})
    objects = write(tmp_path, '{"words": ["yes"], "labels": ["X"]}', "standard input")
    assert tagged.read(objects, layout=kept).labels == {"label": [["X"]]}
    plain = write(tmp_path, TREE.split("\n\n")[1].replace("# another\n", ""), "tree.tsv")
    assert tagged.read(plain, "word=2,4").labels == {"4": [["NOUN"]]}
