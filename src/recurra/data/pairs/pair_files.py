"""Files of sentence pairs: two of as many lines, columns between tabs, or JSON lines."""

import os
from pathlib import Path

from recurra.data.files.folder import ending
from recurra.data.files.json_objects import load_object
from recurra.data.files.lines import numbered_lines
from recurra.data.pairs.sentence_pairs import Pairs
from recurra.errors import DataError


def read(path: Path, source: str = "source", target: str = "target", reverse: bool = False) -> Pairs:
    """Read a file of pairs.

    - `.tsv`, or any text file with a tab in its first line: columns between tabs. A first line that names both
      `source` and `target` says which is which; else the first two columns are source and target. A third column, such
      as Tatoeba's remark on where a pair is from, is left out; so are the numbers of sentences in Tatoeba's own lists
      (number, sentence, number, translation).
    - `.jsonl`: an object a line with the texts under `source` and `target`.

    Args:
        path: the file.
        source, target: the languages, or whatever tells one side from the other.
        reverse: whether columns without a header are target and source.

    Raises:
        DataError: the file is empty or not as expected; names file and line.
    """
    if not _first_line(path):
        raise DataError(f"{path}: expected sentence pairs, got an empty file")
    if ending(path) == ".jsonl":
        return _read_json(path, source, target)
    if ending(path) == ".tsv" or has_tabs(path):
        return _read_columns(path, source, target, reverse)
    raise DataError(f"{path}: expected two text files, a .tsv or a .jsonl file, got one text file without tabs")


def read_two(source: Path, target: Path) -> Pairs:
    """Read two files of as many lines, each line the other's translation.

    Raises:
        DataError: one has more lines than the other, or there are none.
    """
    sources, targets = (list(numbered_lines(path, empty=True)) for path in (source, target))
    if len(sources) != len(targets):
        raise DataError(
            f"{target}: expected {len(sources):,} lines, as in {source}, got {len(targets):,}; "
            "each line must be the translation of the other's"
        )
    if not sources:
        raise DataError(f"{source}: expected sentences, a line each, got an empty file")
    names = [f"{source}:{number}" for number, _ in sources]
    return Pairs([line for _, line in sources], [line for _, line in targets], names)


def is_plain(path: Path) -> bool:
    """Whether a file may hold sentences of one language, a line each."""
    return os.path.isfile(path) and ending(path) not in (".tsv", ".jsonl")


def has_tabs(path: Path) -> bool:
    """Whether the first line that says something has columns."""
    return "\t" in _first_line(path)


def _first_line(path: Path) -> str:
    """The first line that says something; "" where there is none."""
    return next((line for _, line in numbered_lines(path)), "")


def _read_columns(path: Path, source: str, target: str, reverse: bool) -> Pairs:
    made = Pairs([], [], [])
    columns, widths = (0, 1), set[int]()
    for number, line in numbered_lines(path):
        cells = line.split("\t")
        is_first = not widths
        if is_first:
            columns, widths = _columns(cells, source, target, reverse)
        if len(cells) not in widths:
            expected = "2 columns between tabs, source and target" if 2 in widths else f"{min(widths)} columns as above"
            raise DataError(f"{path}:{number}: expected {expected}, got {len(cells)}")
        if is_first and {source, target} <= set(cells):
            continue  # the header
        if not len(made):
            made.notes = _left_out(path, cells, columns)
        made.sources.append(cells[columns[0]])
        made.targets.append(cells[columns[1]])
        made.names.append(f"{path}:{number}")
    return made


def _columns(cells: list[str], source: str, target: str, reverse: bool) -> tuple[tuple[int, int], set[int]]:
    """Which columns are source and target, by the first line, and how many columns a line may have."""
    if source in cells and target in cells:
        return (cells.index(source), cells.index(target)), {len(cells)}
    numbered = len(cells) == 4 and cells[0].isdigit() and cells[2].isdigit()
    first, second = (1, 3) if numbered else (0, 1)
    return ((second, first) if reverse else (first, second)), {4} if numbered else {2, 3}


def _left_out(path: Path, cells: list[str], columns: tuple[int, int]) -> list[str]:
    """Say which columns are not read."""
    others = [(i, text) for i, text in enumerate(cells) if i not in columns]
    if not others:
        return []
    shown = ", ".join(f"{i + 1} ({text[:30]})" for i, text in others)
    read = " and ".join(f"{column + 1} ({cells[column][:30]})" for column in columns)
    return [f"{path}: source and target are columns {read}; left out: {shown}"]


def _read_json(path: Path, source: str, target: str) -> Pairs:
    made = Pairs([], [], [])
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        pair = load_object(line, where)
        for key in (source, target):
            if not isinstance(pair.get(key), str):
                raise DataError(f"{where}: expected a text under {key!r}, got {line[:60]}")
        made.sources.append(pair[source])
        made.targets.append(pair[target])
        made.names.append(where)
    return made
