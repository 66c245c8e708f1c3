"""The first examples of labelled data."""

import pytest

from recurra.explain import attribution
from recurra.explain.attribution.examples import is_labelled


def test_files_named_data_and_tuples_are_labelled_data(tmp_path):
    for data in (tmp_path, str(tmp_path), "tinyshakespeare", ([1], [2]), [tmp_path]):
        assert is_labelled(data)
    for inputs in ("to be", ["a text"], [["Anna"]], []):
        assert not is_labelled(inputs)


def test_the_first_of_labelled_data_are_explained(classifier, series):
    made = attribution(classifier, series, examples=2)
    assert made.numbers() == attribution(classifier, series[0][:2]).numbers()


def test_a_text_is_explained_by_its_beginning(language_model, text_file):
    sequence = attribution(language_model, text_file).sequences[0]
    assert "".join(sequence.inputs) == text_file.read_text()[:300]


def test_sentences_and_pairs(tagger, translator):
    made = attribution(tagger, ([["Anna", "ran"], ["Bob"]], [["B-PER", "O"], ["B-PER"]]), examples=1)
    assert [sequence.inputs for sequence in made.sequences] == [["Anna", "ran"]]
    made = attribution(translator, (["ein hund 1", "der hund 2"], ["a dog 1", "the dog 2"]), examples=1)
    assert [sequence.inputs[:-1] for sequence in made.sequences] == [["ein", "hund", "1"]]


def test_a_part_of_a_named_data_set(language_model, shared_data):
    shared_data("tinyshakespeare")
    with pytest.raises(ValueError, match="expected one of the parts"):
        attribution(language_model, "tinyshakespeare", part="nothing")
