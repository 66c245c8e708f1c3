import numpy as np
import pytest

from recurra import DataError
from recurra.data.sentences import vectors

LINES = "the 0.5 1 -2e-1\n, 1 2 3\nNew York 4 5 6\n"


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        "3 3\n" + LINES,
        LINES.replace("\n", " \n"),
        "3\t3\n" + LINES.replace(" ", "\t").replace("New\tYork", "New York"),
        LINES.replace("the ", "the\t").replace(" 1", "  1"),
        LINES.replace("\n", "\r\n\n"),
    ],
    ids=["GloVe", "header", "spaces", "tabs", "a tab and more spaces", "line ends"],
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
        ("3 2\n", r"vectors.txt: expected vectors of words, found none"),
        (
            "the 1 2\nof nan 2\n",
            r"vectors.txt:2: expected a word and 2 .*expected a finite number, got 'nan'",
        ),
        ("the 1 2\nof 1 -inf\n", r"vectors.txt:2: .* expected a finite number, got '-inf'"),
        ("the 1 1e400\n", r"vectors.txt:1: .* expected a finite number, got '1e400'"),
        ("the 1 1e39\n", r"vectors.txt:1: .* expected a number up to 3.4e38, got '1e39'"),
        ("the 1 1_0\n", r"vectors.txt:1: .* expected a number, got '1_0'"),
        ("the 1 \uff11\n", r"vectors.txt:1: .* expected a number, got '\uff11'"),
        ("3 2\nthe 1 2\nof 3 4\n", r"vectors.txt:1: expected 3 words, as this line says, got 2"),
        ("1 2\nthe 1 2\nof 3 4\n", r"vectors.txt:1: expected 1 words, as this line says, got 2"),
        ("3 2\nthe 1\n", r"vectors.txt:2: expected a word and 2 numbers, got: 1 of them"),
    ],
)
def test_bad_files_are_told(tmp_path, text, message):
    path = tmp_path / "vectors.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        vectors.read(path)
