import pytest

from recurra import DataError
from recurra.data.sequences import column_roles
from recurra.data.sequences.column_names import NONE_NAMED, ColumnNames
from recurra.data.sequences.table_columns import TableColumns


def _guess(header: str, labelled: bool = True, **names) -> TableColumns:
    return column_roles.guess(header.split(","), ColumnNames(**names), "file:1", labelled)


def test_usual_names_say_what_a_column_is():
    columns = _guess("id,time,a,b,label")
    assert (columns.form, columns.features) == ("steps", ["a", "b"])
    assert (columns.label, columns.group, columns.time) == ("label", "id", "time")
    assert _guess("a,b,class").form == "series"
    text = _guess("id,text,label")
    assert (text.form, text.text, text.left_out) == ("text", "text", {"id": "a row is a text"})


def test_named_columns_go_before_usual_names():
    columns = _guess("id,who,when,label,mood,a", label="mood", group="who", time="when", ignore="id,label")
    assert (columns.label, columns.group, columns.time, columns.features) == ("mood", "who", "when", ["a"])
    assert columns.left_out == {"id": "as asked", "label": "as asked"}


def test_an_index_without_a_name_is_left_out_unless_it_is_named():
    assert _guess("Unnamed: 0,a,label").left_out == {"Unnamed: 0": "an index without a name"}
    assert _guess(",a,label").features == ["a"]
    assert _guess("Unnamed: 0,a,label", group="Unnamed: 0").group == "Unnamed: 0"


@pytest.mark.parametrize(
    ("header", "names", "message"),
    [
        ("a,b", {}, "file:1: expected a column label, class or target, or --label NAME, got a, b"),
        ("category,review", {}, "; as in: --label category --text review"),
        ("label,class,a", {}, "file:1: expected one column of label, class, target, got label, class; choose: --label"),
        ("a,label", {"label": "mood"}, "file:1: expected a column 'mood' (--label), got a, label"),
        ("a,label", {"text": "a", "group": "a"}, "file:1: expected a row to be a text (--text) or a step"),
        ("a,a,label", {}, "file:1: expected each column once, got 'a' twice"),
        ("label", {}, "file:1: expected columns of features beside 'label', got none"),
        ("1.5,2.5,3", {}, "file:1: expected a header, the names of the columns, got numbers: 1.5, 2.5, 3"),
        ("time,a,label", {}, "file:1: expected a column sequence or id beside 'time', got time, a, label"),
    ],
)
def test_what_leaves_open_what_is_meant_is_refused(header, names, message):
    with pytest.raises(DataError) as error:
        _guess(header, **names)
    assert message in str(error.value)


def test_another_table_must_have_the_columns_of_the_first():
    columns = _guess("id,a,b,label")
    column_roles.check(columns, ["label", "b", "a", "id", "more"], "other:1", labelled=True)
    column_roles.check(columns, ["b", "a", "id"], "other:1", labelled=False)
    with pytest.raises(DataError, match="other:1: expected the columns of the training, got none named a, label"):
        column_roles.check(columns, ["b", "id"], "other:1", labelled=True)
    with pytest.raises(DataError, match="other:1: expected each column once, got 'a' twice"):
        column_roles.check(columns, ["a", "a", "b", "id", "label"], "other:1", labelled=True)
    unlabelled = TableColumns("series", ["a"])
    with pytest.raises(DataError, match="expected a column of labels, but what was learnt from had none"):
        column_roles.check(unlabelled, ["a"], "other:1", labelled=True)


def test_a_file_beside_frames_has_their_features_and_what_else_it_names():
    frames = TableColumns("steps", ["a", "b"], in_memory=True)
    columns = column_roles.of_file(frames, ["id", "b", "a", "x", "label"], NONE_NAMED, "file:1", labelled=True)
    assert (columns.features, columns.group, columns.label) == (["a", "b"], "id", "label")
    assert columns.left_out == {"x": "not learnt from"}
    with pytest.raises(DataError, match="file:1: expected a column label, class or target"):
        column_roles.of_file(frames, ["a", "b"], NONE_NAMED, "file:1", labelled=True)


def test_a_first_line_is_a_header_if_it_names_what_is_known():
    assert column_roles.is_header(["label", "text"], NONE_NAMED, None)
    assert not column_roles.is_header(["good", "a fine day"], NONE_NAMED, None)
    assert column_roles.is_header(["good", "day"], ColumnNames(label="good"), None)
    known = TableColumns("text", [], "label", text="words")
    assert column_roles.is_header(["words", "x"], NONE_NAMED, known)
    assert not column_roles.is_header(["text", "label"], NONE_NAMED, known)


def test_text_in_a_column_called_like_a_label_is_left_out_beside_the_label():
    columns = TableColumns("series", ["class", "a"], "mood")
    column_roles.leave_out_labels(columns, ["mood", "class", "a"], ["good", "word", "1"])
    assert (columns.features, columns.left_out) == (["a"], {"class": "text beside the label"})
    columns = TableColumns("series", ["class", "a"], "mood")
    column_roles.leave_out_labels(columns, ["mood", "class", "a"], ["good", "3", "1"])
    assert columns.features == ["class", "a"]
