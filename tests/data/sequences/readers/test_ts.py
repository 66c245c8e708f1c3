import numpy as np
import pytest

from recurra import DataError
from recurra.data.sequences.readers import ts

HEADER = "# about\n@problemName Two\n@timeStamps false\n@classLabel true a b\n@data\n"


def _read(tmp_path, lines, header=HEADER):
    path = tmp_path / "two_TRAIN.ts"
    path.write_text(header + lines)
    return path, lambda: ts.read(path)


def test_dimensions_steps_and_classes(tmp_path):
    path, read = _read(tmp_path, "1,2,3:4,5,?:a\n\n7:8:b\n")
    examples = read()
    np.testing.assert_array_equal(examples.inputs[0], [[1, 4], [2, 5], [3, np.nan]])
    np.testing.assert_array_equal(examples.inputs[1], [[7, 8]])
    assert examples.answers == ["a", "b"]
    assert examples.names == [f"{path}:6", f"{path}:8"]


def test_targets_are_numbers_and_may_be_absent(tmp_path):
    examples = _read(tmp_path, "1,2:0.5\n", "@targetLabel true\n@data\n")[1]()
    assert examples.answers == [0.5]
    assert _read(tmp_path, "1,2\n", "@classLabel false\n@data\n")[1]().answers is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("1,2:a\n1,2:3,4:b\n", ":7: expected 1 dimensions as in .*:6, got 2"),
        ("1,2:3:a\n", ":6: expected 2 steps in dimension 2 as in the first, got 1"),
        ("1,x:a\n", ":6: dimension 1: expected a number, got 'x'"),
        ("1,2:c\n", ":6: expected one of the classes a b, got 'c'"),
        ("1_0,2:a\n", ":6: dimension 1: expected a number, got '1_0'"),
        ("1,2:\n", ":6: expected a class behind the last ':', got none"),
        ("", ": expected examples after a line @data, got none"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, lines, said):
    with pytest.raises(DataError, match=said):
        _read(tmp_path, lines)[1]()


def test_time_stamps_are_left_out(tmp_path):
    header = "@timeStamps true\n@CLASSLABEL True a b\n@DATA\n"
    lines = "(2024-01-01 10:00:00, 1),(2024-01-01 11:00:00,?):(0,3),(1,4):a\n(7,8):(7,9):b\n"
    examples = _read(tmp_path, lines, header)[1]()
    np.testing.assert_array_equal(examples.inputs[0], [[1, 3], [np.nan, 4]])
    assert examples.answers == ["a", "b"]
    for line in ("1,2:a\n", "(1,2),3:a\n", "(1):a\n", "(1,2:a\n"):
        with pytest.raises(DataError, match=r"two_TRAIN.ts:4: expected (values|a value) with (a )?time stamps?"):
            _read(tmp_path, line, header)[1]()


def test_the_archives_own_files(shared_data):
    folder = shared_data("ucr_uea")
    for name, count, steps, features in (
        ("JapaneseVowels_TRAIN", 270, range(7, 27), 12),
        ("BasicMotions_TEST", 40, (100,), 6),
    ):
        examples = ts.read(folder / f"{name}.ts")
        assert len(examples) == count
        assert {len(x) for x in examples.inputs} <= set(steps)
        assert {x.shape[1] for x in examples.inputs} == {features}
