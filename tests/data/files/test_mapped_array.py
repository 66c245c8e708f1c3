import os

import numpy as np
import pytest

from recurra import DataError
from recurra.data.files.mapped_array import MappedArray, Ragged
from recurra.data.sequences.examples import Examples, join


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"head" + np.arange(12, dtype="<f4").tobytes())
    return MappedArray.open(path, np.dtype("<f4"), 4, (4, 3), "C")


def test_a_part_of_a_file(mapped):
    np.testing.assert_array_equal(mapped, np.arange(12).reshape(4, 3))
    np.testing.assert_array_equal(mapped[[2, 0]], [[6, 7, 8], [0, 1, 2]])
    np.testing.assert_array_equal(Ragged(mapped, np.array([1, 3, 2, 1]))[2], [6, 7])
    assert type(mapped[[2, 0]]) is np.ndarray  # a copy is of this process alone


def test_a_file_that_was_cut_is_an_error_and_not_the_end_of_the_process(mapped):
    view = mapped[:, :, None]
    os.truncate(mapped.filename, 20)
    ragged = Ragged(view, np.full(4, 2))
    joined = join([Examples(view), Examples(ragged)])
    for array in (mapped, view, ragged, joined.inputs, joined.select([1, 2, 3, 7]).inputs):
        with pytest.raises(DataError, match="expected 52 bytes, as when it was opened, got a file cut since"):
            array[3]


def test_rows_of_several_files_are_read_when_asked_for(mapped):
    joined = join([Examples(mapped[:, :, None]), Examples([np.full((2, 1), 7.0)])])
    assert len(joined) == 5
    np.testing.assert_array_equal(joined.inputs[3][:, 0], [9, 10, 11])
    np.testing.assert_array_equal(joined.select([4, 0]).inputs[0][:, 0], [7, 7])
    assert [len(x) for x in joined.inputs] == [3, 3, 3, 3, 2]
