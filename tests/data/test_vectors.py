import numpy as np
import pytest

from recurra import DataError
from recurra.data import vectors

LINES = "the 0.5 1 -2e-1\n, 1 2 3\nNew York 4 5 6\n"


@pytest.mark.parametrize(
    "text", [LINES, "3 3\n" + LINES, LINES.replace("\n", " \n")], ids=["GloVe", "header", "spaces"]
)
def test_vectors_are_read(tmp_path, text):
    path = tmp_path / "vectors.txt"
    path.write_text(text)
    words, found = vectors.read(path)
    assert words == ["the", ",", "New York"]
    np.testing.assert_allclose(found, [[0.5, 1, -0.2], [1, 2, 3], [4, 5, 6]], rtol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("the 1 2 3\nof 1 2\n", r"vectors.txt:2: expected a word and 3 numbers, got: 2 of them"),
        ("the 1 2 3\nof 1 x 3\n", r"vectors.txt:2: expected a word and 3 numbers, got: .*'x'"),
        ("the\n", r"vectors.txt:1: expected a word and 0 numbers"),
        ("\n", r"vectors.txt: expected vectors of words, found none"),
    ],
)
def test_bad_files_are_told(tmp_path, text, message):
    path = tmp_path / "vectors.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        vectors.read(path)
