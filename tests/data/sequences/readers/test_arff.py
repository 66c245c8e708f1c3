from functools import partial

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.column_names import NONE_NAMED
from recurra.data.sequences.readers import arff

SERIES = (
    "% about\n@RELATION two\n@attribute att1 numeric\n@ATTRIBUTE 'att 2' REAL\n@attribute kind {up,down}\n\n@DATA\n"
)
FEATURES = "@relation r\n@attribute bag relational\n@attribute t0 numeric\n@attribute t1 numeric\n@end bag\n"


@pytest.fixture
def read(reading):
    def run(content, names=NONE_NAMED, columns=None, labelled=True):
        reader = partial(arff.read, names=names, columns=columns, labelled=labelled)
        return reading(reader, "data.arff", content)

    return run


def test_series_of_one_feature(read):
    examples = read(SERIES + "1,2,up\n?, 4 ,'down'\n")
    np.testing.assert_array_equal(examples.inputs[1], [[np.nan], [4]])
    assert examples.answers == ["up", "down"]
    assert examples.columns.features == ["att1", "att 2"]
    assert read(SERIES + "1,2,up\n", labelled=False).answers is None


def test_series_of_several_features(read):
    examples = read(FEATURES + "@attribute target {a,b}\n@data\n'1,2\\n3,4',a\n\"5,6\\n7,?\",b\n")
    np.testing.assert_array_equal(examples.inputs[0], [[1, 3], [2, 4]])
    np.testing.assert_array_equal(examples.inputs[1], [[5, 7], [6, np.nan]])
    assert examples.answers == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SERIES + "1,2\n", "data.arff:8: expected 3 cells, as there are attributes, got 2"),
        (SERIES + "1,2,up,4\n", "data.arff:8: expected 3 cells, as there are attributes, got over 3"),
        (SERIES + "1,x,up\n", "data.arff:8: expected a number in column 'att 2', got 'x'"),
        (SERIES + "1,2,?\n", "data.arff:8: expected a label in column 'kind', got '\\?'"),
        (SERIES + "{0 1, 2 up}\n", "data.arff:8: expected a row of 3 cells, got a sparse one"),
        (SERIES, "data.arff: expected rows after a line @data, got none"),
        ("1,2,3\n", "data.arff:1: expected @attribute, @relation or @data, got '1,2,3'"),
        ("@attribute x\n", "data.arff:1: expected @attribute NAME TYPE, got '@attribute x'"),
        ("@data\n1\n", "data.arff:1: expected @attribute lines before @data, got none"),
        (
            FEATURES + "@attribute t {a}\n@data\n'1,2\\n3',a\n",
            "data.arff:8: expected 2 steps in feature 2 as in the fi",
        ),
        (FEATURES + "@data\n'1,2\\n3,4'\n", "data.arff:4: expected an attribute 'class', got bag"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, content, said):
    with pytest.raises(DataError, match=said):
        read(content)
