import pytest

from recurra import DataError
from recurra.data.clips import weizmann


def test_persons_are_in_one_part_only(tmp_path):
    for person in (1, 7, 8, 9):
        (tmp_path / f"person{person}_wave1_0000000{person}.png").write_bytes(b"")
    parts = weizmann.parts(tmp_path)
    assert parts["train"].groups == ["person1", "person7"]
    assert parts["test"].groups == ["person8", "person9"]
    left_out = weizmann.parts(tmp_path, 7)
    assert left_out["test"].groups == ["person7"]
    assert left_out["train"].groups == ["person1", "person8", "person9"]
    assert left_out["test"].answers == ["wave1"]


def test_a_strip_of_another_name_is_refused(tmp_path):
    (tmp_path / "image.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"image.png: expected a name such as person1_bend_00000006.png, got image.png"):
        weizmann.parts(tmp_path)
