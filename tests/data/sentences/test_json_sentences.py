import json

import pytest

from recurra import DataError
from recurra.data.sentences import json_sentences
from recurra.data.sources import tagged


def test_json_lines(write):
    lines = [{"words": ["He", "reckons"], "labels": ["A", "B"]}, {"words": ["yes"], "labels": ["C"]}]
    path = write("\n\n".join(map(json.dumps, lines)), "given.jsonl")
    found = tagged.resolve([path])["train"]
    assert (found.words, found.labels) == ([["He", "reckons"], ["yes"]], {"label": [["A", "B"], ["C"]]})
    assert found.names == [f"{path}:1", f"{path}:3"]
    two = {"words": ["yes"], "labels": {"pos": ["UH"], "chunk": ["O"]}}
    path = write(json.dumps(two), "two.jsonl")
    assert json_sentences.read(path).labels == {"pos": [["UH"]], "chunk": [["O"]]}
    assert json_sentences.read(path, "tag=pos").labels == {"tag": [["UH"]]}
    other = {"labels": {"chunk": ["B"], "pos": ["NN"]}, "words": ["no"]}
    path = write(json.dumps(two) + "\n" + json.dumps(other), "order.jsonl")
    assert json_sentences.read(path).labels == {"pos": [["UH"], ["NN"]], "chunk": [["O"], ["B"]]}
    assert json_sentences.read(write('{"words": ["yes"]}', "bare.jsonl")).labels == {}


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
def test_bad_json_is_told(write, line, message):
    with pytest.raises(DataError, match=message):
        json_sentences.read(write(line, "given.jsonl"))
