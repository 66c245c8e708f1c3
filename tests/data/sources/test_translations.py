"""Sentence pairs from every kind of file, and what is said of files that are not as expected."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from recurra import DataError
from recurra.data.sources import translations


def texts(found):
    return list(zip(found.sources, found.targets, strict=True))


BOTH = [("Ein Hund.", "A dog."), ("", "Nothing."), ("Zwei\u2028Zeilen", "Two lines")]


@pytest.fixture
def files(tmp_path):
    for side, name in enumerate(("de", "en")):
        (tmp_path / f"train.{name}").write_text("".join(f"{pair[side]}\n" for pair in BOTH))
    return tmp_path


def test_two_files_and_the_beginning_of_their_names(files):
    prefix = files / "train"
    both = (f"{prefix}.de", f"{prefix}.en")
    assert texts(translations.resolve(both)["train"]) == BOTH
    found = translations.resolve(str(prefix), "de", "en")["train"]
    assert texts(found) == BOTH
    assert found.name(1) == f"{prefix}.de:2"
    backwards = translations.resolve(prefix, "en", "de")["train"]
    assert backwards.sources == found.targets
    assert texts(translations.resolve([prefix, prefix], "de", "en")["train"]) == BOTH * 2


def test_columns_and_json_lines(tmp_path):
    (tmp_path / "a.tsv").write_text("Ein Hund.\tA dog.\n\nZwei\tTwo\n")
    found = translations.resolve(tmp_path / "a.tsv")["train"]
    assert texts(found) == [("Ein Hund.", "A dog."), ("Zwei", "Two")]
    assert found.name(1) == f"{tmp_path}/a.tsv:3"
    (tmp_path / "a.jsonl").write_text(json.dumps({"de": "Zwei", "en": "Two"}) + "\n")
    assert texts(translations.resolve(tmp_path / "a.jsonl", "de", "en")["train"]) == [("Zwei", "Two")]
    assert len(translations.resolve([tmp_path / "a.tsv", tmp_path / "a.jsonl"], "de", "en")["train"]) == 3


def test_what_is_wrong_is_said_with_its_place(files):
    with (files / "train.en").open("a") as file:
        file.write("One more.\n")
    with pytest.raises(DataError, match=r"train\.en: expected 3 lines, as in .*train\.de, got 4"):
        translations.resolve(files / "train", "de", "en")
    with pytest.raises(DataError, match=r"train\.fr: expected a text file, found nothing there"):
        translations.resolve(files / "train", "de", "fr")
    with pytest.raises(
        DataError, match=r"expected two text files, a \.tsv or a \.jsonl file, got one text file without tabs"
    ):
        translations.resolve(files / "train.de")
    (files / "bad.tsv").write_text("a\tb\na b\n")
    with pytest.raises(DataError, match=r"bad\.tsv:2: expected 2 columns between tabs, source and target, got 1"):
        translations.resolve(files / "bad.tsv")
    (files / "bad.jsonl").write_text('{"de": "a", "en": 3}\n')
    with pytest.raises(DataError, match=r"bad\.jsonl:1: expected a text under 'en'"):
        translations.resolve(files / "bad.jsonl", "de", "en")
    (files / "good.tsv").write_text("a\tb\n")
    for missing in ("nowhere", ["nowhere", str(files / "good.tsv")]):
        with pytest.raises(DataError, match=r"expected a file, a data set, or nowhere\.de and nowhere\.en, found none"):
            translations.resolve(missing, "de", "en")
    with pytest.raises(DataError, match="conll2000: expected a file, a folder or a named data set"):
        translations.resolve("conll2000", "de", "en")


def test_an_empty_file_is_named_as_such(tmp_path):
    for name in ("a.tsv", "a.jsonl", "a.de", "a.en"):
        (tmp_path / name).write_text("\n\n" if name == "a.tsv" else "")
    for data in (
        tmp_path / "a.tsv",
        [tmp_path / "a.tsv", tmp_path / "a.jsonl"],
        tmp_path / "a.jsonl",
        tmp_path / "a.de",
    ):
        with pytest.raises(DataError, match=r"a\.\w+: expected sentence pairs, got an empty file"):
            translations.resolve(data)
    with pytest.raises(DataError, match=r"a\.de: expected sentences, a line each, got an empty file"):
        translations.resolve(tmp_path / "a", "de", "en")


def test_a_tab_in_one_of_two_files_is_part_of_a_sentence(tmp_path):
    (tmp_path / "a.de").write_text("Ein\tHund\n")
    (tmp_path / "a.en").write_text("A dog\n")
    assert texts(translations.resolve([tmp_path / "a.de", tmp_path / "a.en"])["train"]) == [("Ein\tHund", "A dog")]
    (tmp_path / "b.txt").write_text("Zwei\tTwo\n")
    both = translations.resolve([tmp_path / "a.de", tmp_path / "b.txt"])["train"]
    assert texts(both) == [("Ein", "Hund"), ("Zwei", "Two")]


def test_two_files_can_be_taken_the_other_way(files):
    both = [files / "train.de", files / "train.en"]
    assert texts(translations.resolve(both, reverse=True)["train"]) == [(b, a) for a, b in BOTH]


def test_the_named_set_has_both_ways(shared_data, monkeypatch):
    monkeypatch.setenv("RECURRA_DATA", str(shared_data("multi30k").parent))
    parts = translations.resolve("multi30k", "de", "en")
    assert {part: len(own) for part, own in parts.items()} == {"train": 29_000, "valid": 1_014, "test": 1_000}
    assert translations.resolve("multi30k", "en", "de")["test"].sources == parts["test"].targets
    with pytest.raises(DataError, match="multi30k: expected source and target of de, en, got 'fr'"):
        translations.resolve("multi30k", "fr", "en")


@pytest.mark.parametrize(
    "convert",
    [
        tuple,
        np.array,
        lambda texts: pd.Series(texts, index=[1, 0, 2]),
        lambda texts: pd.DataFrame({"text": texts}),
        pl.Series,
    ],
)
def test_texts_come_in_any_container_by_position(convert):
    sources, targets = ["a b", "c", ""], ["d", "e f", "g"]
    made = translations.resolve([convert(sources), convert(targets)])["train"]
    assert (made.sources, made.targets) == (sources, targets)


def test_a_list_of_tuples_is_pairs_of_texts(tmp_path):
    listed = translations.resolve([("ein Hund", "a dog"), ("zwei Hunde", "two dogs"), ("drei", "three")])["train"]
    assert (listed.sources[1], listed.targets[1]) == ("zwei Hunde", "two dogs")
    assert translations.resolve([("ein Hund", "a dog")])["train"].targets == ["a dog"]
    with pytest.raises(DataError, match="sources"):
        translations.resolve([("\ud800", "a dog")])


def test_two_tuples_of_two_texts_may_be_either():
    with pytest.raises(DataError, match="two pairs or two sources"):
        translations.resolve([("ein Hund", "a dog"), ("zwei Hunde", "two dogs")])


def test_a_list_of_tuples_of_files_is_no_pairs_of_texts(tmp_path):
    files = [tmp_path / name for name in ("text.de", "text.en")]
    for file in files:
        file.write_text("a\n", encoding="utf-8")
    with pytest.raises(DataError, match="expected"):
        translations.resolve([tuple(map(str, files))])
