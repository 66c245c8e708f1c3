from pathlib import Path

import pytest

from recurra import DataError
from recurra.training.run_path import require_folder_path


def test_a_path_that_a_folder_can_have_is_given_as_one(tmp_path):
    assert require_folder_path(str(tmp_path / "new"), "out") == tmp_path / "new"
    assert require_folder_path(Path("a"), "out") == Path("a")


@pytest.mark.parametrize("path", ["", "a\0b", 3, b"run", None, "x" * 5000])
def test_what_a_folder_cannot_have_is_refused_by_the_name_of_the_argument(path):
    with pytest.raises(DataError, match=r"^out: expected the path of a folder, got "):
        require_folder_path(path, "out")
