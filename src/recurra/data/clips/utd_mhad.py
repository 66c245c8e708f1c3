"""UTD-MHAD (Chen, Jafari and Kehtarnavaz, 2015): 27 actions of 8 persons, seen as depth, skeleton and acceleration."""

import re
from pathlib import Path

from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.lazy_arrays import ArchivedArrays, ArrayArchive
from recurra.data.files import array_archive
from recurra.errors import DataError, quote

# Samples a second. The camera was to give 30; beside the sensor's 50 the clips have 19, as a median over the persons
# that are learnt from (18.2 to 19.6 for half of them).
RATES = {"depth": 19.0, "skeleton": 19.0, "inertial": 50.0}
_LEARNT = ("s1", "s3", "s5", "s7")  # the persons that the authors' split learns from
_ACTIONS = (
    "swipe left",
    "swipe right",
    "wave",
    "clap",
    "throw",
    "cross arms",
    "basketball shot",
    "draw x",
    "draw circle clockwise",
    "draw circle counterclockwise",
    "draw triangle",
    "bowling",
    "boxing",
    "baseball swing",
    "tennis swing",
    "arm curl",
    "tennis serve",
    "push",
    "knock",
    "catch",
    "pick up and throw",
    "jog",
    "walk",
    "sit to stand",
    "stand to sit",
    "lunge",
    "squat",
)


def parts(folder: Path) -> dict[str, ClipList]:
    """List the clips by the authors' split: persons 1, 3, 5 and 7 to learn from, 2, 4, 6 and 8 to test on.

    Args:
        folder: holds `skeleton_f32.npz`, `inertial_f32.npz` and `depth_48x64_u8_s1.npz` to `..._s8.npz`, whose arrays
            are called `a01_s1_t1`: action, person, trial.

    Raises:
        DataError: a file is missing or broken, or an array is called otherwise.
    """
    skeleton = folder / "skeleton_f32.npz"
    names = sorted(array_archive.headers(skeleton), key=_order)
    clips = _list(folder, names)
    is_learnt = [group in _LEARNT for group in clips.groups or ()]
    learnt = [i for i, holds in enumerate(is_learnt) if holds]
    tested = [i for i, holds in enumerate(is_learnt) if not holds]
    return {"train": clips.select(learnt), "test": clips.select(tested)}


def _order(name: str) -> list[int]:
    """Action, person and trial of a clip."""
    match = re.fullmatch(r"a(\d+)_s(\d+)_t(\d+)", name)
    if match is None or not 1 <= int(match[1]) <= len(_ACTIONS):
        raise DataError(f"utd_mhad: expected clips called a01_s1_t1 to a{len(_ACTIONS)}_s8_t4, got {quote(name)}")
    return [int(number) for number in match.groups()]


def _list(folder: Path, names: list[str]) -> ClipList:
    people = [name.split("_")[1] for name in names]
    depth = {person: ArrayArchive(folder / f"depth_48x64_u8_{person}.npz") for person in set(people)}
    skeleton, inertial = (ArrayArchive(folder / f"{signal}_f32.npz") for signal in ("skeleton", "inertial"))
    return ClipList(
        sources={
            "depth": ArchivedArrays([depth[person] for person in people], names),
            "skeleton": ArchivedArrays([skeleton] * len(names), names),
            "inertial": ArchivedArrays([inertial] * len(names), names),
        },
        rates=RATES,
        answers=[_ACTIONS[_order(name)[0] - 1] for name in names],
        groups=people,
        locations=[f"utd_mhad: {name}" for name in names],
    )
