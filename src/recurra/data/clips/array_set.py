"""Many clips in one .npz file, with their answers."""

from pathlib import Path

from recurra.data.clips import in_memory
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.signal_array import SIGNALS
from recurra.data.files import array_archive
from recurra.errors import DataError


def is_set(path: Path) -> bool:
    """Whether an .npz file holds many clips and not one: it has their answers, `y`."""
    return "y" in array_archive.headers(path)


def read(path: Path) -> ClipList:
    """Read clips of equal length: `X` (N, T, ...), or an array for each signal by its name; `y` (N,), or (N, T) with a
    label for each sample; and, where it is there, `groups` (N,).

    Raises:
        DataError: there are other arrays, or they do not fit together; names the file.
    """
    arrays = array_archive.open_members(path)
    answers, groups = arrays.pop("y"), arrays.pop("groups", None)
    clips = arrays["X"] if list(arrays) == ["X"] else arrays
    if not arrays:
        raise DataError(f"{path}: expected X, or arrays called {', '.join(SIGNALS)}, beside y, got none")
    per_sample = answers.ndim == 2
    try:
        return in_memory.clip_list(clips, list(answers) if per_sample else answers.tolist(), groups)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
