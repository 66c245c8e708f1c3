import json

import pytest

from recurra import DataError
from recurra.data.sentences.layout import Layout
from recurra.data.sentences.sentence_stream import JsonReader, TextReader, WordReader, sentences


def test_a_line_is_a_sentence():
    reader = TextReader("here", lambda text: [(0, 3), (3, 4)] if text else [])
    ((first, empty), rest) = sentences([(1, ["Ann.", ""])], reader)
    assert (first.words, first.record) == (["Ann", "."], {"text": "Ann.", "offsets": [[0, 3], [3, 4]]})
    assert (empty.words, rest) == ([], [])
    ((found,), _) = sentences([(1, ["  10\u00a0000 \tyes "])], WordReader("here"))
    assert found.words == ["10\u00a0000", "yes"]


def test_objects_keep_what_else_they_have():
    line = json.dumps({"id": 7, "words": ["Ann", "slept"], "labels": ["B-PER", "O"]})
    ((found,), _) = sentences([(1, ["", line])], JsonReader("a.jsonl", None))
    assert (found.words, found.record["id"], found.gold) == (["Ann", "slept"], 7, {"label": ["B-PER", "O"]})
    two = json.dumps({"words": ["Ann"], "labels": {"pos": ["NN"], "chunk": []}})
    layout = Layout("json", "words", {"tag": "pos", "chunk": "chunk"})
    ((found,), _) = sentences([(1, [two])], JsonReader("a.jsonl", layout))
    assert found.gold == {"tag": ["NN"]}


def test_sentences_before_a_wrong_line_come_before_its_error():
    lines = ['{"words": ["Ann"]}', '{"words": "Ann"}', '{"words": ["Bob"]}']
    groups = sentences([(4, lines)], JsonReader("a.jsonl", None))
    assert [one.words for one in next(groups)] == [["Ann"]]
    with pytest.raises(DataError, match=r"a.jsonl:5: expected words, a list of texts"):
        next(groups)
