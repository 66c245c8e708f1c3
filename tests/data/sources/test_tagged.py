"""Readers of labelled sentences: columns, CoNLL-U, JSON lines, named sets, and what was given in memory."""

import json

import pytest

from recurra import DataError, Tagger
from recurra.data.sentences import columns, conllu, json_sentences, sentences
from recurra.data.sentences.layout import Layout
from recurra.data.sources import tagged

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
    made = sentences.sentences_of([["He", "reckons"], []], [("A", "B"), ()])
    assert (made.labels, made.name(1), len(made)) == ({"label": [["A", "B"], []]}, "sentence 2", 2)
    assert made.select([1]).name(0) == "sentence 2"
    assert sentences.sentences_of([["a"]], {"pos": [["X"]], "chunk": [["Y"]]}).labels["chunk"] == [["Y"]]
    assert tagged.resolve(made)["train"] is made
    with pytest.raises(DataError, match="sentence 1: expected 2 labels of label, got 1"):
        sentences.sentences_of([["He", "reckons"]], [["A"]])
    with pytest.raises(DataError, match="label: expected labels of 2 sentences, got 1"):
        sentences.sentences_of([["He"], ["is"]], [["A"]])
    assert sentences.sentences_of(iter([["a"]])).words == [["a"]]


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (["He reckons"], [["A", "B"]], "sentences: expected lists of words, got a text"),
        ("He reckons", None, "sentences: expected lists of words, got a text"),
        ([1, 2], None, "sentences: expected lists of words, got int"),
        (3, None, "sentences: expected lists of words, got int"),
        ([["a", "b"]], ["AB"], "label: expected lists of labels, got a text"),
        ([["a", "b"]], {"pos": ["AB"]}, "pos: expected lists of labels, got a text"),
        (
            [["a"], ["b\ud800"]],
            None,
            r"sentence 2: words: expected Unicode characters, got half of .*: '\\ud800'",
        ),
    ],
)
def test_what_is_no_list_of_words_or_labels_is_told(X, y, message):
    with pytest.raises(DataError, match=message):
        sentences.sentences_of(X, y)


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


@pytest.mark.parametrize(
    "text",
    [
        GERMEVAL,
        GERMEVAL.replace("#\thttp", "#\tx\thttp"),  # as many cells as the words' lines
        GERMEVAL.replace("1\t", "0\t", 1).replace("2\t", "1\t", 1),  # one counts from 0
        GERMEVAL.replace("2\tTroia", "2-3\tTroia\t_\t_\n2\tTroia"),
        GERMEVAL.replace("\tO\n", "\t-\n"),  # remarks instead of nested labels
    ],
    ids=["GermEval", "long comments", "from 0", "a range", "remarks"],
)
def test_where_words_are_counted_they_stand_in_the_second_column(tmp_path, text):
    found = columns.read(write(tmp_path, text))
    assert found.words == [["Aufgrund", "Troia"], ["TSV", "Bayer", "1860"]]
    assert found.labels == {"label": [["O", "B-LOC"], ["B-ORG", "I-ORG", "I-ORG"]]}
    assert (found.layout.format, found.layout.word, found.layout.labels) == ("columns", "2", {"label": "3"})
    nested = columns.read(write(tmp_path, GERMEVAL), "4")
    assert (nested.words, nested.labels) == (found.words, {"4": [["O", "O"], ["O", "B-OTH", "O"]]})


def test_a_count_alone_and_words_that_are_numbers(tmp_path):
    counted = "1 He PRP B-NP\n2 reckons VBZ B-VP\n\n1 The DT B-NP\n"
    found = columns.read(write(tmp_path, counted))
    assert (found.words[0], found.labels["label"][0]) == (["He", "reckons"], ["B-NP", "B-VP"])
    assert columns.read(write(tmp_path, "1 He\n2 is\n")).labels == {}
    numbers = columns.read(write(tmp_path, "1 NUM\n5 NUM\n3 NUM\n"))
    assert (numbers.words, numbers.labels) == ([["1", "5", "3"]], {"label": [["NUM"] * 3]})
    assert columns.read(write(tmp_path, "1 NUM\n\n1 NUM\n")).words == [["1"], ["1"]]
    assert columns.read(write(tmp_path, "1\n2\n3\n")).words == [["1", "2", "3"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# text = He is\n# sent_id = 1\nHe PRP O\nis VBZ O\n", ["He", "is"]),
        ("# another comment\nHe PRP O\nis VBZ O\n", ["He", "is"]),  # as many cells, but no label
        ("#begin document (x); part 000\nHe PRP O\nis VBZ O\n#end document\n", None),
        ("# a comment of more cells\nHe PRP O\n# between words too, of more cells\nis VBZ O\n", ["He", "is"]),
        ("#\nHe PRP O\nis VBZ O\n", ["He", "is"]),
        ("# # O\nis VBZ O\n", ["#", "is"]),
        ("He PRP O\n# # X\n", ["He", "#"]),
        ("#He PRP O\nis VBZ O\n", ["#He", "is"]),
        ("#He PRP X\n#is VBZ O\n", ["#He", "#is"]),
    ],
)
def test_comments_are_no_words_and_words_no_comments(tmp_path, text, words):
    text = f"{text}\nend # O\n"
    if words is None:
        with pytest.raises(DataError, match=r"given.conll:4: expected 3 columns, as in line 2, got 2: '#end document'"):
            columns.read(write(tmp_path, text))
        text, words = text.replace("#end", "\n#end"), ["He", "is"]
    assert columns.read(write(tmp_path, text)).words == [words, ["end"]]


def test_a_word_that_is_a_mark_is_no_comment_and_a_label_may_miss(tmp_path):
    with pytest.raises(DataError, match=r"given.conll:2: expected 2 columns, as in line 1, got 1: '#NFL'"):
        columns.read(write(tmp_path, "He O\n#NFL\n"))
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 1: '#NFL'"):
        columns.read(write(tmp_path, "#NFL\nHe O\n"))
    assert columns.read(write(tmp_path, "# a comment\n#\nHe\n")).words == [["#", "He"]]
    with pytest.raises(DataError, match=r"given.conll: expected sentences, found comments alone"):
        columns.read(write(tmp_path, "# a\n\n#\tb\n#\n"))
    assert columns.read(write(tmp_path, "# a\n#a O\n\n#c O\n")).words == [["#a"], ["#c"]]
    assert columns.read(write(tmp_path, "#a\n#b\n\n#c\n")).words == [["#a", "#b"], ["#c"]]


def test_comments_with_all_columns_are_told(tmp_path):
    path = write(tmp_path, "# some comment\nHe PRP O\n\n# other comment\nis VBZ O\n")
    assert columns.read(path).notes == [f"{path}:1: 2 lines are comments, not a word: '# some comment'"]
    assert columns.read(write(tmp_path, CHUNKS)).notes == []


def test_comments_may_be_described(tmp_path):
    path = write(tmp_path, "% a comment\nHe O\n# O\n")
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 3"):
        columns.read(path)
    assert columns.read(path, comments="%").words == [["He", "#"]]
    never = write(tmp_path, "# = 1\n# O 2\n", "never.conll")
    assert columns.read(never, comments="$^").words == [["#", "#"]]
    with pytest.raises(DataError, match=r"comments: expected a regular expression, such as '#', got '\('"):
        Tagger(comments="(")


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


def test_most_lines_say_how_many_columns_there_are(tmp_path):
    with pytest.raises(DataError, match=r"given.conll:1: expected 2 columns, as in line 2, got 3: 'He is O'"):
        columns.read(write(tmp_path, "He is O\nis O\nhere O\n"))


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


NAMES = """1\tAnn\t_\tX\t_\tCase=Nom|Number=Sing\t0\troot\t_\tSpaceAfter=No|name=B-PER
2\tLee\t_\tX\t_\tNumber=Sing\t0\troot\t_\tname=I-PER
3\twent\t_\tX\t_\t_\t0\troot\t_\t_
"""


def test_attributes_of_conllu_are_labels(tmp_path):
    path = write(tmp_path, NAMES, "names.conllu")
    found = conllu.read(path, "misc.name,case=feats.Case,misc.SpaceAfter")
    assert found.labels == {
        "misc.name": [["B-PER", "I-PER", "O"]],  # what is outside of spans is O
        "case": [["Nom", "_", "_"]],
        "misc.SpaceAfter": [["No", "_", "_"]],
    }
    assert found.layout.labels == {"misc.name": "misc.name", "case": "feats.Case", "misc.SpaceAfter": "misc.SpaceAfter"}
    with pytest.raises(DataError, match=r"names.conllu: columns: expected .* the attribute misc.nam, found none"):
        conllu.read(path, "misc.nam")
    for wrong in ("upos.x", "misc.", "name"):
        with pytest.raises(DataError, match=r"columns: expected fields of id, form.* or an attribute such as misc"):
            conllu.read(path, wrong)
