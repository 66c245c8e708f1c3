from functools import partial

import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers import labelled_series
from recurra.data.sources import labelled


@pytest.fixture
def read(reading):
    return partial(reading, labelled_series.read, "data.tsv")


@pytest.mark.parametrize("line", ["{}\t{}\t{}", "{},{},{}", "  {}  {}   {}"])
def test_a_label_and_numbers(read, line):
    examples = read(line.format("1", 0.5, -2) + "\n" + line.format("-1", 3, "NaN") + "\n")
    np.testing.assert_array_equal(examples.inputs[0], [[0.5], [-2]])
    np.testing.assert_array_equal(examples.inputs[1], [[3]])  # NaN at the end fills up
    assert examples.answers == ["1", "-1"]


def test_classes_are_written_in_many_ways(read):
    assert read("1.0000000e+00\t1\t2\nup\t1\t2\n").answers == ["1", "up"]


def test_a_file_of_lines_is_known_by_its_first(reading):
    def read(name, text):
        return reading(lambda path: labelled.resolve(path)["train"], name, text)

    assert read("a_TRAIN.tsv", "1\t0.1\t0.2\n2\t0.3\t0.4\n").inputs[0].shape == (2, 1)
    assert read("a_TRAIN.TXT", "1  0.1  0.2\n2  0.3  0.4\n").inputs[0].shape == (2, 1)
    assert read("texts.tsv", "good\tI like it\nbad\tI do not\n").inputs == ["I like it", "I do not"]
    assert read("texts.tsv", "good\t1 2 3\nbad\t4\n").is_text
    assert read("table.tsv", "sentence\tlabel\nfine\tgood\n").answers == ["good"]
    assert read("table.tsv", "id\tu\tlabel\n1\t2\ta\n1\t3\ta\n").answers == ["a"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2\tx\t3", "data.tsv:2: expected a label and then numbers, as in the first line: expected a number, got 'x'"),
        ("2\tNaN\tNaN", "data.tsv:2: expected a label and then numbers, got none"),
        ("\t1\t2", "data.tsv:2: expected a label and then numbers, got ''"),
        ("NaN\t1\t2", "data.tsv:2: expected a label and then numbers, got 'NaN'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, line, said):
    with pytest.raises(DataError, match=said):
        read("1\t2\t3\n" + line + "\n")
