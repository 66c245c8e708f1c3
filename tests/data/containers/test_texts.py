import numpy as np
import pandas as pd
import pytest

from recurra import DataError
from recurra.data.containers.texts import one_column, texts


@pytest.mark.parametrize(
    "convert",
    [
        list,
        tuple,
        iter,
        np.asarray,
        lambda values: np.asarray(values, object),
        lambda values: pd.Series(values, index=[2, 0, 1]),
    ],
)
def test_texts_come_out_of_any_container_by_position(convert):
    assert texts(convert(["b", "a é", ""])) == ["b", "a é", ""]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["a", None], "text 2: expected a text, got none"),
        (["a", float("nan")], "text 2: expected a text, got none"),
        (["a", 3], "text 2: expected a text, got int 3"),
        (["\ud800"], "text 1: expected Unicode characters"),
        (np.zeros((2, 3)), "texts: expected a list of texts, got ndarray"),
        ("a text", "texts: expected a list of texts, got str 'a text'"),
    ],
)
def test_what_is_no_text_is_named(data, message):
    with pytest.raises(DataError, match=message):
        texts(data)


def test_the_one_column_of_a_table_is_taken_out_if_it_holds_texts():
    assert one_column(np.asarray([["a"], [None]], object)) == ["a", None]
    for table in (np.asarray([["a", "b"]]), np.zeros((2, 1)), np.asarray([[1], [2]], object)):
        assert one_column(table) is table
