from functools import partial

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.readers import tables


@pytest.fixture
def read(reading):
    def run(content, /, labelled=True, columns=None, **names):
        reader = partial(tables.read, names=ColumnNames(**names), columns=columns, labelled=labelled)
        return reading(reader, "data.csv", content)

    return run


def test_a_row_a_step(read):
    examples = read("id,u,v,label\none,1,2,yes\ntwo,5,6,no\none,3,,yes\n")
    assert examples.names == ["one", "two"]
    np.testing.assert_array_equal(examples.inputs[0], [[1, 2], [3, np.nan]])
    assert examples.answers == ["yes", "no"]


def test_labels_that_change_within_a_sequence_are_asked_for(read):
    text = "sequence;u;y\n1;1;a\n1;2;b\n2;3;a\n"
    assert read(text, per_step=True).answers == [["a", "b"], ["a"]]
    with pytest.raises(DataError, match=r"data.csv:3: expected the label 'a', as in line 2 .*, got 'b'; --per-step"):
        read(text)


def test_labels_at_every_step_that_never_change_are_still_one_a_step(read):
    assert read("id,u,label\n1,1,a\n1,2,a\n2,1,b\n", per_step=True).answers == [["a", "a"], ["b"]]
    with pytest.raises(DataError, match=r"data.csv:1: expected a row a step"):
        read("t0,t1,label\n1,2,a\n", per_step=True)


def test_a_row_a_text(read):
    examples = read('text,label,other\n"to be,\nor\u2028not",play,1\nhello,letter,2\n')
    assert examples.inputs == ["to be,\nor\u2028not", "hello"]
    assert examples.answers == ["play", "letter"]
    assert [name.rpartition(":")[2] for name in examples.names] == ["2", "4"]  # where a row begins
    assert read("id,review,mood\n1,good,up\n", text="review", label="mood").inputs == ["good"]


def test_a_row_a_series(read):
    examples = read("t0\tt1\tclass\n1\t2\ta\n3\t?\tb\n")
    np.testing.assert_array_equal(examples.inputs[1], [[3], [np.nan]])
    assert examples.answers == ["a", "b"]
    assert read("t0,t1\n1,2\n", labelled=False).answers is None


def test_an_id_in_each_row_names_no_sequences(read):
    examples = read("id,t0,t1,label\n7,1,2,a\n9,3,4,b\n")
    np.testing.assert_array_equal(examples.inputs[1], [[3], [4]])
    assert examples.columns.left_out == {"id": "another in each row"}
    assert read("id,t0,t1,label\n7,1,2,a\n9,3,4,b\n", group="id").inputs[0].shape == (1, 2)


def test_an_index_is_left_out(read):
    rows = "".join(f"{i},{i},{0.5 * i},{i * i % 7},{'ab'[i % 2]}\n" for i in range(12))
    columns = read("Unnamed: 0,number,u,v,label\n" + rows).columns
    assert columns.features == ["u", "v"]
    assert columns.left_out == {"Unnamed: 0": "an index without a name", "number": "counts rows"}
    assert read(",u,v,label\n5,1,2,a\n5,3,4,b\n").columns.features == ["u", "v"]
    assert read("Index,u,v,label\n9,1,2,a\n5,3,4,b\n").columns.features == ["u", "v"]
    assert read("u,label\n1,a\n2,b\n3,a\n").columns.features == ["u"]  # few rows may count by chance


def test_time_orders_steps_and_is_no_feature(read):
    text = "id,date,u,label\n1,2024-02-01,2,a\n2,2024-01-02,3,b\n1,2024-01-01T10:00:00,1,a\n"
    examples = read(text)
    np.testing.assert_array_equal(examples.inputs[0], [[1], [2]])
    assert examples.columns.time == "date"
    assert len(read("t,u,label\n2,5,a\n1,6,a\n", time="t")) == 1  # all rows are one sequence
    with pytest.raises(DataError, match=r"data.csv:1: expected a column sequence or id beside 'time'"):
        read("time,u,v,label\n1,2,3,a\n")
    with pytest.raises(DataError, match=r"data.csv:3: expected a number in column 't', as in line 2, got '2024-01-01'"):
        read("t,u,label\n1,5,a\n2024-01-01,6,a\n", time="t")


def test_an_axis_is_no_label(read):
    with pytest.raises(DataError, match=r"data.csv:1: expected a column label, class or target, or --label NAME, got"):
        read("pctid,x,y,z,confidence\n1,2,3,4,5\n")
    columns = read("pctid,x,y,z,confidence\n1,2,3,4,5\n1,2,3,5,5\n", label="confidence", group="pctid").columns
    assert columns.features == ["x", "y", "z"]
    assert read("a,b,y\n1,2,c\n").answers == ["c"]
    assert read("x,z,y\n1,2,c\n", label="y").answers == ["c"]


def test_what_a_person_names_is_taken(read):
    text = "subject,beat,junk,hr,kind\n1,2,x,60,a\n1,1,y,70,a\n2,1,z,80,b\n"
    examples = read(text, label="kind", group="subject", time="beat", ignore="junk")
    np.testing.assert_array_equal(examples.inputs[0], [[70], [60]])
    note = "label: column 'kind'; features: hr; sequence: column 'subject'; order: column 'beat'; left out: 'junk' "
    assert examples.columns.note() == note + "(as asked)"
    for option in ("label", "ignore", "group", "time", "text"):
        with pytest.raises(DataError, match=rf"data.csv:1: expected a column 'sort' \(--{option}\), got subject,"):
            read(text, **({"label": "kind"} | {option: "sort"}))


def test_further_tables_are_read_by_name(read):
    columns = read("Unnamed: 0,id,u,v,label\n0,1,1,2,a\n1,1,3,4,a\n").columns
    examples = read("v,label,u,id\n2,a,1,k\n", columns=columns)
    np.testing.assert_array_equal(examples.inputs[0], [[1, 2]])
    assert examples.answers == ["a"]
    assert read("v,u,id\n2,1,k\n", columns=columns, labelled=False).answers is None
    assert read("v,label,u,id\n2,,1,k\n", columns=columns, labelled=False).answers is None
    with pytest.raises(DataError, match=r"data.csv:1: expected the columns of the training, got none named v, label"):
        read("u,id\n1,k\n", columns=columns)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "u,label\n1,a\nx,b\n",
            "data.csv:3: expected a number in column 'u', got 'x'; --ignore u leaves the column out$",
        ),
        ("u,label\n1,a\n1_0,b\n", "data.csv:3: expected a number in column 'u', got '1_0'"),
        ("u,label\n1,a\n1e999,b\n", "data.csv:3: expected a finite number in column 'u', got '1e999'"),
        ("u,label\n1\n", "data.csv:2: expected 2 columns as in the header, got 1"),
        ("u,label\n", "expected rows below the header, got none"),
        ("", "expected a header and rows, got an empty file"),
        ("id,label\n1,a\n", "data.csv:1: expected columns of features beside 'label', 'id', got none"),
        ("u,label\n1,a\n2, \n", "data.csv:3: expected a label in column 'label', got an empty cell"),
        ("id,u,label\n1,2,a\n,2,b\n", "data.csv:3: expected the name of a sequence in column 'id', got an empty cell"),
        ("0.1,0.2,0.1,walk\n0.2,0.3,0.3,sit\n", "data.csv:1: expected a header, .* got numbers: 0.1, 0.2, 0.1, walk;"),
        ("1,2,3\n4,5,6\n", "data.csv:1: expected a header"),
        ("u,u,label\n1,2,a\n", "data.csv:1: expected each column once, got 'u' twice"),
        ("u,label,class\n1,2,a\n", "data.csv:1: expected one column of label, class, target, got label, class; cho"),
        ('u,label\n1,"a\n2,b\n', "data.csv:2: expected cells as in CSV files, got: a quote that does not end"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, text, said):
    with pytest.raises(DataError, match=said):
        read(text)


def test_numbers_may_name_columns_beside_a_label(read):
    assert read("0,1,label\n1,2,a\n3,4,b\n").columns.features == ["0", "1"]
    assert read("0,1\n1,2\n3,4\n", labelled=False).columns.features == ["0", "1"]


def test_y_beside_a_plain_label_is_measured(read):
    examples = read("id,time,y,label\n1,1,5,a\n1,2,6,a\n2,1,7,b\n")
    assert (examples.columns.label, examples.columns.features) == ("label", ["y"])
    with pytest.raises(DataError, match="expected a column label, class or target"):
        read("pctid,x,y,z,confidence\n1,2,3,4,5\n")


def test_a_label_that_was_not_asked_for_is_no_feature_where_it_holds_text(read):
    examples = read("t0,t1,x,label\n1,2,3,up\n4,5,7,down\n9,5,7,up\n", label="x")
    assert examples.columns.features == ["t0", "t1"]
    assert examples.columns.note().endswith("left out: 'label' (text beside the label)")
    assert read("t0,t1,x,label\n1,2,3,8\n4,5,7,9\n", label="x").columns.features == ["t0", "t1", "label"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("u,city,label\n1,Rome,a\n", "'city', got 'Rome'; --ignore city leaves the column out"),
        ("u,a city,b,label\n1,Rome,x,a\n", "'a city', got 'Rome'; --ignore 'a city,b' leaves these columns out"),
        ("words,label\nit is,a\n", "--ignore words leaves the column out, --text words takes each row as a text"),
        (
            f"{','.join(f'c{i}' for i in range(9))},label\n{'z,' * 9}a\n",
            "9 columns hold text, such as c0,c1,c2,c3,c4,c5,c6,c7: --ignore leaves columns out, between commas",
        ),
    ],
)
def test_text_among_features_says_how_to_leave_it_out(read, text, hint):
    with pytest.raises(DataError, match=f"{hint}$"):
        read(text)
