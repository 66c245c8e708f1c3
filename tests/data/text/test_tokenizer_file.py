import json

import pytest

from recurra import DataError
from recurra.data.text.tokenizers import KINDS, Tokenizer

EVIL = r"(([a-z]+)+)+$"


@pytest.fixture(params=KINDS)
def content(request, tmp_path):
    """The file of a tokenizer of each kind, and where it stands."""
    path = tmp_path / "tokenizer.json"
    Tokenizer.learn(request.param, ["the old king\nand the sea\n"]).save(path)
    return json.loads(path.read_text()), path


def _refused(content, path, message: str) -> None:
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=message) as error:
        Tokenizer.load(path)
    assert str(error.value).startswith(f"{path}: expected a tokenizer")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_a_tokenizer_comes_back(content):
    content, path = content
    assert Tokenizer.load(path).encode("the sea").tolist()


EVIL_RULES = {
    "split": {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": EVIL}, "behavior": "Isolated", "invert": False}},
    "replace": {"normalizer": {"type": "Replace", "pattern": {"Regex": EVIL}, "content": ""}},
    "nested": {
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": EVIL}, "behavior": "Isolated", "invert": False},
            ],
        }
    },
    "decoder": {"decoder": {"type": "Replace", "pattern": {"Regex": EVIL}, "content": ""}},
    "huge": {"normalizer": {"type": "Replace", "pattern": {"Regex": "((a{1000}){1000}){1000}"}, "content": ""}},
}


@pytest.mark.parametrize("rule", EVIL_RULES.values(), ids=EVIL_RULES)
def test_patterns_that_recurra_does_not_write_are_refused_before_they_are_compiled(rule, content):
    content, path = content
    _refused(content | rule, path, "expected a tokenizer with the patterns that Recurra writes, got")


OTHER_RULES = {
    "lowercase": {"normalizer": {"type": "Lowercase"}},
    "white space": {"pre_tokenizer": {"type": "Whitespace"}},
    "post": {"post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}},
    "truncation": {
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
    },
}


@pytest.mark.parametrize("rule", OTHER_RULES.values(), ids=OTHER_RULES)
def test_other_rules_are_refused_by_name(rule, content):
    content, path = content
    _refused(content | rule, path, f"got another {next(iter(rule))}")


def test_symbols_without_their_numbers_are_refused(content):
    content, path = content
    vocabulary = content["model"]["vocab"]
    last = max(vocabulary, key=vocabulary.get)
    for number in (vocabulary[last] + 1, 0, 1 << 31):
        model = content["model"] | {"vocab": vocabulary | {last: number}}
        _refused(content | {"model": model}, path, "numbers from 0 on, each once|in the tokenizers format")
    for number in (-1, 1.5, "3", None):
        model = content["model"] | {"vocab": vocabulary | {last: number}}
        _refused(content | {"model": model}, path, "in the tokenizers format")


def test_symbols_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "t.json"
    for kind, symbol, message in (
        ("char", "ab", "single characters"),
        ("bpe", "€", "symbols of bytes"),
    ):
        content = json.loads(Tokenizer.learn(kind, ["abc abc\n"]).to_json())
        vocabulary = content["model"]["vocab"]
        content["model"]["vocab"] = vocabulary | {symbol: len(vocabulary)}
        _refused(content, path, message)
    content = json.loads(Tokenizer.learn("bpe", ["abc abc\n"]).to_json())
    content["model"] = content["model"] | {"vocab": {"a": 0}, "merges": []}
    _refused(content, path, "one for each byte")


@pytest.mark.parametrize(
    "text",
    ["[]", "3", "null", '"text"', "{}", '{"model": 3}', '{"version": "9.9"}', '{"a":' * 900 + "1" + "}" * 900],
    ids=["list", "number", "null", "text", "empty", "model", "version", "deep"],
)
def test_other_json_is_refused_in_one_line(text, tmp_path):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(DataError, match=r"t\.json: expected a tokenizer") as error:
        Tokenizer.load(tmp_path / "t.json")
    assert "\n" not in str(error.value)
