import os

import numpy as np
import pytest

from recurra import DataError
from recurra.data.mapped_array import MappedArray, Ragged


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"head" + np.arange(12, dtype="<f4").tobytes())
    return MappedArray.open(path, np.dtype("<f4"), 4, (4, 3), "C")


def test_a_part_of_a_file(mapped):
    np.testing.assert_array_equal(mapped, np.arange(12).reshape(4, 3))
    np.testing.assert_array_equal(mapped[[2, 0]], [[6, 7, 8], [0, 1, 2]])
    np.testing.assert_array_equal(Ragged(mapped, np.array([1, 3, 2, 1]))[2], [6, 7])


def test_a_file_that_was_cut_is_an_error_and_not_the_end_of_the_process(mapped):
    view = mapped[:, :, None]
    os.truncate(mapped.filename, 20)
    for array in (mapped, view, Ragged(view, np.full(4, 2))):
        with pytest.raises(DataError, match="expected 52 bytes, as when it was opened, got a file cut since"):
            array[3]
