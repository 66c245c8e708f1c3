import itertools

import pytest

from recurra import DataError
from recurra.data.sentences import schemes
from recurra.data.sentences.notation import Notation
from recurra.tasks.tagging.label_scheme import LabelColumn

IOB2 = [["B-PER", "I-PER", "I-PER", "O", "B-LOC", "B-LOC"], ["O", "B-LOC"]]
SCHEMES = schemes.SCHEMES[1:]
FORMS = [("prefix", "-"), ("prefix", "_"), ("suffix", "-")]


def written(scheme, form="prefix", separator="-", outside="O"):
    notation = Notation(scheme, form, separator, outside)
    return [notation.write(labels) for labels in IOB2]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_right_labels_may_be_written_in_any_way(scheme, form):
    column = LabelColumn.learn(written(scheme, *form))
    assert column.scheme == scheme
    expected = [schemes.convert(labels, scheme) for labels in IOB2]
    for other, other_form in itertools.product(SCHEMES, FORMS):
        assert column.gold_in_data_scheme(written(other, *other_form)) == expected
    assert [column.to_data_scheme(column.encode(labels)) for labels in written(scheme, *form)] == expected
    assert column.gold_in_data_scheme(written("IOB2", outside="0")) == expected


@pytest.mark.parametrize("form", [*FORMS, ("bare", "")], ids=str)
def test_labels_are_learnt_in_one_form_and_come_back_in_their_own(form):
    labels = written("BMES", *form)
    column = LabelColumn.learn(labels)
    assert {label[0] for label in column.labels} == set("BIESO")
    assert [column.decode(column.encode(one)) for one in labels] == labels
    again = LabelColumn.from_json(column.to_json())
    assert again == column


def test_right_labels_that_are_of_no_spans_are_refused():
    column = LabelColumn.learn(IOB2)
    with pytest.raises(DataError, match=r"expected labels of spans \(IOB2\) as in training, got 'NOUN', 'VERB'"):
        column.require_alike([["NOUN", "VERB", "O"]])
    column.require_alike([["O", "O"], ["B_PER", "?"]])
    column.require_alike([])
    LabelColumn.learn([["A", "B-"]]).require_alike([["C"]])
    assert column.gold_in_data_scheme([["O", "O"], ["B-PER", "?"]]) == [["O", "O"], ["B-PER", "O"]]
    assert LabelColumn.learn([["A", "B-"]]).gold_in_data_scheme([["C", "B-PER"]]) == [["C", "B-PER"]]


def test_labels_may_be_learnt_in_any_notation():
    column = LabelColumn.learn(IOB2)
    expected = [column.encode(labels) for labels in IOB2]
    for scheme, form in itertools.product(SCHEMES, FORMS):
        assert column.encode_all(written(scheme, *form)) == expected
    assert column.encode_all([["B", "I", "O"]]) == [["B-_", "E-_", "O"]]
    assert LabelColumn.learn([["A"]]).encode_all([["B-X"]]) == [["B-X"]]


def test_types_are_those_of_spans():
    assert LabelColumn.learn(IOB2).types() == ["LOC", "PER"]
    assert LabelColumn.learn([["NOUN"]]).types() == []
