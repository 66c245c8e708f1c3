"""Four of Weizmann's actions (Blank et al., 2005), cut out by the authors of MoCoGAN: strips of images."""

import re
from pathlib import Path

from recurra.data.clips.clip_list import ClipList
from recurra.data.files.folder import files
from recurra.errors import DataError

RATE = 25.0  # frames a second
_TESTED = (8, 9)  # the persons to test on, where none is named: the last two of nine


def parts(folder: Path, left_out: int | None = None) -> dict[str, ClipList]:
    """List the clips: those of some persons to learn from, those of the others to test on.

    Args:
        folder: holds strips called `person1_bend_00000006.png`: person, action, number.
        left_out: the one person to test on; None tests on the last two, 8 and 9.

    Raises:
        DataError: there is no strip, or one is called otherwise.
    """
    paths = files(folder, (".png",))
    matches = [re.fullmatch(r"(person(\d+))_([a-z0-9]+)_\d+", path.stem) for path in paths]
    tested = _TESTED if left_out is None else (left_out,)
    people, answers, of_part = list[str](), list[str](), {"train": list[int](), "test": list[int]()}
    for i, (path, match) in enumerate(zip(paths, matches, strict=True)):
        if match is None:
            raise DataError(f"{path}: expected a name such as person1_bend_00000006.png, got {path.name}")
        people.append(match[1])
        answers.append(match[3])
        of_part["test" if int(match[2]) in tested else "train"].append(i)
    clips = ClipList({"video": paths}, [str(path) for path in paths], answers, people, {"video": RATE})
    return {part: clips.select(indices) for part, indices in of_part.items()}
