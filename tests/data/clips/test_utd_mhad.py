import numpy as np
import pytest

from recurra import DataError
from recurra.data.clips import utd_mhad


def write(folder, names):
    np.savez(folder / "skeleton_f32.npz", **{name: np.ones((4, 20, 3), np.float32) for name in names})
    np.savez(folder / "inertial_f32.npz", **{name: np.ones((9, 6), np.float32) for name in names})
    for person in {name.split("_")[1] for name in names}:
        arrays = {name: np.ones((4, 48, 64), np.uint8) for name in names if f"_{person}_" in name}
        np.savez(folder / f"depth_48x64_u8_{person}.npz", **arrays)


def test_clips_are_listed_by_action_person_and_trial(tmp_path):
    write(tmp_path, ["a10_s1_t1", "a02_s2_t1", "a02_s1_t2", "a02_s1_t1"])
    parts = utd_mhad.parts(tmp_path)
    assert parts["train"].answers == ["swipe right", "swipe right", "draw circle counterclockwise"]
    assert parts["train"].locations == ["utd_mhad: a02_s1_t1", "utd_mhad: a02_s1_t2", "utd_mhad: a10_s1_t1"]
    assert parts["train"].groups == ["s1", "s1", "s1"]
    assert parts["test"].groups == ["s2"]
    assert parts["test"].sources["depth"][0].shape == (4, 48, 64)


def test_arrays_of_other_names_are_refused(tmp_path):
    write(tmp_path, ["a28_s1_t1"])
    with pytest.raises(DataError, match="utd_mhad: expected clips called a01_s1_t1 to a27_s8_t4, got 'a28_s1_t1'"):
        utd_mhad.parts(tmp_path)
