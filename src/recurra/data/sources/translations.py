"""Sentence pairs from what a person has in memory or names: files, and named data sets."""

import os
from pathlib import Path
from typing import Any

from recurra.data.pairs import pair_files
from recurra.data.pairs.sentence_pairs import Pairs, join, pairs_of
from recurra.data.sources import named
from recurra.data.sources.catalogue import NAMED
from recurra.errors import DataError, quote


def resolve(data: Any, source: str = "source", target: str = "target", reverse: bool = False) -> dict[str, Pairs]:
    """Find sentence pairs.

    Args:
        data: a list of tuples, each a text and its translation; two lists of texts; two text files, line by line each
            other's translation; a file of pairs, see `recurra.data.pairs.pair_files.read`; the beginning of two files'
            names, which end in `.source` and `.target`; several of these, read as one; or the name of a data set.
        source, target: the languages, or whatever tells one side from the other.
        reverse: whether the second of two files, and the second column of a file without a header, is the source.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Pairs):
        return {"train": data}
    if _are_pairs(data):
        _refuse_either(data)
        return {"train": pairs_of(*map(list, zip(*data, strict=True)))}
    if _in_memory(data):
        return {"train": pairs_of(*data)}
    named.refuse_no_names(data)
    paths = [Path(name) for name in (data if isinstance(data, list | tuple) else [data])]
    if _are_two_sides(paths):
        first, second = reversed(paths) if reverse else paths
        return {"train": pair_files.read_two(first, second)}
    files = [_find(path, source, target, reverse) for path in paths]
    if files == [None]:
        if str(data) not in NAMED:
            raise _missing(data, source, target)
        parts: dict[str, dict[str, Path]] = named.parts(str(data), "translator")
        return {part: _sides(sides, source, target, data) for part, sides in parts.items()}
    pairs = []
    for path, part in zip(paths, files, strict=True):
        if part is None:
            raise _missing(path, source, target)
        pairs.append(part)
    return {"train": join(pairs)}


def _are_pairs(data: Any) -> bool:
    """Whether data are a list of tuples, each of a source and its translation, not of two files."""
    if not isinstance(data, list) or not data:
        return False
    if not all(type(pair) is tuple and len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in data):
        return False
    return not any(os.path.exists(text) for text in data[0])


def _refuse_either(pairs: list[tuple[str, str]]) -> None:
    """Refuse two tuples of two texts, which may be two pairs, or two sources and their translations."""
    if len(pairs) == 2:
        raise DataError(
            f"expected pairs of texts, got two tuples of two texts, {quote(pairs)}, which may be two pairs or two "
            "sources and their translations: give the sources and their translations as two lists"
        )


def _in_memory(data: Any) -> bool:
    """Whether data are two lists of texts, not names of files."""
    return isinstance(data, list | tuple) and len(data) == 2 and not any(isinstance(side, str | Path) for side in data)


def _are_two_sides(files: list[Path]) -> bool:
    """Whether files are two of as many lines, and not two files of pairs."""
    return len(files) == 2 and all(map(pair_files.is_plain, files)) and not all(map(pair_files.has_tabs, files))


def _find(path: Path, source: str, target: str, reverse: bool) -> Pairs | None:
    """Read one file of pairs, or the two of which `path` is the beginning; None where there is nothing."""
    if os.path.isfile(path):  # unlike path.is_file(), False for a text given in place of its path
        return pair_files.read(path, source, target, reverse)
    both = [Path(f"{path}.{side}") for side in (source, target)]
    if any(map(os.path.isfile, both)):
        return pair_files.read_two(*both)
    return None


def _missing(path: Any, source: str, target: str) -> DataError:
    return DataError(f"{path}: expected a file, a data set, or {path}.{source} and {path}.{target}, found none")


def _sides(sides: dict[str, Path], source: str, target: str, name: Any) -> Pairs:
    for language in (source, target):
        if language not in sides:
            raise DataError(f"{name}: expected source and target of {', '.join(sides)}, got {language!r}")
    return pair_files.read_two(sides[source], sides[target])
