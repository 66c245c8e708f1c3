"""Sentence pairs, a source and its translation: from two text files, TSV or JSON lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recurra.data import named
from recurra.data.catalogue import NAMED
from recurra.data.folder import ending
from recurra.data.json_lines import load_object
from recurra.data.text import numbered_lines
from recurra.errors import DataError


@dataclass
class Pairs:
    """Sentence pairs.

    sources, targets: texts without line ends. names: where each pair stands, "file:line"; empty for pairs given in
    memory.
    """

    sources: list[str]
    targets: list[str]
    names: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sources)

    def name(self, i: int) -> str:
        """Where a pair stands."""
        return self.names[i] if self.names else f"pair {i + 1}"

    def select(self, indices: Iterable[int]) -> "Pairs":
        """Some of the pairs."""
        chosen = [int(i) for i in indices]
        return Pairs(
            [self.sources[i] for i in chosen], [self.targets[i] for i in chosen], [self.name(i) for i in chosen]
        )


def given(X: Sequence[str], y: Sequence[str]) -> Pairs:
    """Make pairs of texts in memory.

    Raises:
        DataError: there are not as many of one as of the other, or something is no text.
    """
    for name, texts in (("sources", X), ("targets", y)):
        if isinstance(texts, str):
            raise DataError(f"{name}: expected a list of texts, got a text")
    sources, targets = texts_of("sources", X), texts_of("targets", y)
    if len(sources) != len(targets):
        raise DataError(f"expected as many targets as sources, {len(sources):,}, got {len(targets):,}")
    return Pairs(sources, targets)


def texts_of(name: str, texts: Any) -> list[str]:
    """Make a list of one text, or of several.

    Raises:
        DataError: something is no text; names it by its position.
    """
    if isinstance(texts, str):
        return [texts]
    if not isinstance(texts, Iterable) or isinstance(texts, bytes):
        raise DataError(f"{name}: expected a list of texts, got {type(texts).__name__}")
    listed = list(texts)
    for number, text in enumerate(listed, 1):
        if not isinstance(text, str):
            raise DataError(f"{name}: expected texts, got {type(text).__name__} as number {number:,}")
    return listed


def resolve(data: Any, source: str = "source", target: str = "target") -> dict[str, Pairs]:
    """Find sentence pairs.

    Args:
        data: two lists of texts; two text files, line by line each other's translation; a .tsv file of two columns; a
            .jsonl file of objects with the texts under `source` and `target`; the beginning of two files' names, which
            end in `.source` and `.target`; several of these, read as one; or the name of a data set.
        source, target: the languages, or whatever tells one side from the other.

    Returns:
        The parts by name: "train", "valid", "test"; a person's own files are one part, "train".

    Raises:
        DataError: there is nothing of that name, or it is not as expected.
    """
    if isinstance(data, Pairs):
        return {"train": data}
    if _in_memory(data):
        return {"train": given(*data)}
    several = data if isinstance(data, list | tuple) else [data]
    for name in several:
        named.refuse_no_name(name)
    if len(several) == 2 and all(_is_plain(one) for one in several):
        return {"train": _read_two(Path(several[0]), Path(several[1]))}
    found = [_find(Path(one), source, target) for one in several]
    if found == [None]:
        if str(data) not in NAMED:
            _missing(data, source, target)
        parts: dict[str, dict[str, Path]] = named.parts(str(data), "translator")
        return {part: _sides(sides, source, target, data) for part, sides in parts.items()}
    return {"train": join([one or _missing(path, source, target) for one, path in zip(found, several, strict=True)])}


def join(parts: Sequence[Pairs]) -> Pairs:
    """Put pairs behind each other."""
    return Pairs(
        [text for part in parts for text in part.sources],
        [text for part in parts for text in part.targets],
        [part.name(i) for part in parts for i in range(len(part))],
    )


def lines(path: Path) -> list[str]:
    """All lines of a text file, empty ones too."""
    return [line for _, line in numbered_lines(path, empty=True)]


def _in_memory(data: Any) -> bool:
    """Whether data are two lists of texts, not names of files."""
    return isinstance(data, list | tuple) and len(data) == 2 and not any(isinstance(one, str | Path) for one in data)


def _is_plain(path: Any) -> bool:
    return Path(path).is_file() and ending(Path(path)) not in (".tsv", ".jsonl")


def _find(path: Path, source: str, target: str) -> Pairs | None:
    if path.is_file():
        if ending(path) == ".tsv":
            return _read_tsv(path)
        if ending(path) == ".jsonl":
            return _read_json(path, source, target)
        raise DataError(f"{path}: expected two text files, a .tsv or a .jsonl file, got one text file")
    both = [path.with_name(f"{path.name}.{side}") for side in (source, target)]
    if any(side.is_file() for side in both):
        return _read_two(*both)
    return None


def _missing(path: Any, source: str, target: str) -> Pairs:
    raise DataError(f"{path}: expected a file, a data set, or {path}.{source} and {path}.{target}, found none")


def _read_two(source: Path, target: Path) -> Pairs:
    """Read two files of as many lines."""
    sources, targets = lines(source), lines(target)
    if len(sources) != len(targets):
        raise DataError(
            f"{target}: expected {len(sources):,} lines, as in {source}, got {len(targets):,}; "
            "each line must be the translation of the other's"
        )
    return Pairs(sources, targets, [f"{source}:{number}" for number in range(1, len(sources) + 1)])


def _read_tsv(path: Path) -> Pairs:
    """Read a file of two columns."""
    made = Pairs([], [], [])
    for number, line in numbered_lines(path):
        cells = line.split("\t")
        if len(cells) != 2:
            raise DataError(f"{path}:{number}: expected 2 columns between tabs, source and target, got {len(cells)}")
        made.sources.append(cells[0])
        made.targets.append(cells[1])
        made.names.append(f"{path}:{number}")
    return made


def _read_json(path: Path, source: str, target: str) -> Pairs:
    """Read a file of objects."""
    made = Pairs([], [], [])
    for number, line in numbered_lines(path):
        where = f"{path}:{number}"
        one = load_object(line, where)
        for key in (source, target):
            if not isinstance(one.get(key), str):
                raise DataError(f"{where}: expected a text under {key!r}, got {line[:60]}")
        made.sources.append(one[source])
        made.targets.append(one[target])
        made.names.append(where)
    return made


def _sides(sides: dict[str, Path], source: str, target: str, name: Any) -> Pairs:
    for language in (source, target):
        if language not in sides:
            raise DataError(f"{name}: expected source and target of {', '.join(sides)}, got {language!r}")
    return _read_two(sides[source], sides[target])
