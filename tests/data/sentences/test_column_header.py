import pytest

from recurra.data.sentences import columns
from recurra.data.sentences.block_stream import ColumnReader
from recurra.data.sentences.layout import Layout

WORDS = "Ann N\nwent V\n\nBob N\nsaw V\n\n"


@pytest.fixture
def read(reading):
    return lambda text, **named: reading(lambda path: columns.read(path, **named), "a.conll", text)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Token Label\n", WORDS),
        ("Token Label\n\n", WORDS),
        ("word\ttag\n", WORDS.replace(" ", "\t")),
        ("#word\ttag\n", WORDS.replace(" ", "\t")),
        ("# id word label\n", "1 Ann N\n2 went V\n\n1 Bob N\n2 saw V\n\n"),
        ("# id\tword\tlabel\n", "1\tAnn\tN\n2\twent\tV\n\n1\tBob\tN\n2\tsaw\tV\n\n"),
        ("id word label\n", "1 Ann N\n2 went V\n\n1 Bob N\n2 saw V\n\n"),
        ("TOKEN POS NER\n", "Ann X N\nwent X V\n\nBob X N\nsaw X V\n\n"),
        ("-DOCSTART- -X-\n\nword ner_tags\n", WORDS),
    ],
)
def test_the_names_of_columns_are_no_word(read, header, words):
    sentences = read(header + words)
    assert sentences.words == [["Ann", "went"], ["Bob", "saw"]]
    assert sentences.labels == {"label": [["N", "V"], ["N", "V"]]}
    line = header.count("\n", 0, header.rstrip("\n").rfind("\n") + 1) + 1
    assert [f"a.conll:{line}: the names of columns, no word: '" in note for note in sentences.notes] == [True]
    assert sentences.names[0].endswith(f":{header.count(chr(10)) + 1}")


def test_words_that_are_called_like_columns_stay_words(read):
    for text in ("word NN\nis V\n\n", "tokens V\ntag N\n\n", f"{WORDS}word tag\n"):
        sentences = read(text)
        assert sum(map(len, sentences.words)) == len(text.split()) // 2
        assert sentences.notes == []
    assert read("word tag\na b\n", comments="word").notes == []


def test_a_first_label_that_stands_nowhere_else_is_told(read):
    sentences = read("Wort Klasse\n" + WORDS * 6)
    assert sentences.words[0] == ["Wort", "Ann", "went"]
    (note,) = sentences.notes
    assert note.endswith(
        "a.conll:1: word 'Wort' has a label of its own, 'Klasse'; if this line names columns, remove it"
    )
    assert read(WORDS * 6).notes == []
    assert read("Wort Klasse\n" + WORDS).notes == []  # of few words nothing is known


def test_a_header_of_lines_that_come_is_no_word():
    reader = ColumnReader("here", Layout("columns", "1", {"label": "2"}), "", {"label": lambda label: label in "NV"})
    found = [one for n, line in enumerate(("Token Label\n" + WORDS).splitlines(), 1) for one in reader.read(n, line)]
    assert [one.words for one in found] == [["Ann", "went"], ["Bob", "saw"]]
    assert found[0].lines[0] == ("Token Label", False)
    assert found[0].gold == {"label": ["N", "V"]}
