"""Texts and their labels: a folder with a file for each class, or a file with a label on each line."""

from collections.abc import Iterable
from pathlib import Path

from recurra.data.files.folder import files as folder_files
from recurra.data.files.lines import numbered_lines
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError

ABOUT = ("SOURCE.txt", "README.txt", "LICENSE.txt")  # files of a folder that tell about it


def read_folder(folder: Path) -> Examples:
    """Read a folder of .txt files: each is a class, called as the file, and each of its lines an example.

    Raises:
        DataError: there are not two classes.
    """
    files = [file for file in folder_files(folder, [".txt"]) if file.name not in ABOUT]
    if len(files) < 2:
        raise DataError(f"{folder}: expected a .txt file for each of at least two classes, found {len(files)}")
    return _examples((f"{file}:{n}", file.stem, line.strip()) for file in files for n, line in numbered_lines(file))


def read_lines(path: Path) -> Examples:
    """Read a file of lines `label<TAB>text`.

    Raises:
        DataError: a line has no label or no tab, or all lines have as many tabs more; names file and line.
    """
    names, labels, texts = list[str](), list[str](), list[str]()
    file = str(path)  # once, since each line's name is made of it
    cells = set()  # how many each line has
    for number, line in numbered_lines(path):
        label, tab, text = line.partition("\t")
        label = label.strip()
        if not tab or not label:
            raise DataError(f"{file}:{number}: expected a label, a tab and a text, got {line[:40]!r}")
        names.append(f"{file}:{number}")
        labels.append(label)
        texts.append(text)
        cells.add(1 + line.count("\t"))
    if len(names) > 1 and len(cells) == 1 and max(cells) > 2:  # a text may hold a tab, but not all texts as many
        raise DataError(
            f"{path}:1: expected a label, a tab and a text, got {max(cells)} columns in all lines; "
            "a first line of their names, such as id, label and text, tells them apart"
        )
    return Examples(texts, labels, names)


def read_unlabelled(path: Path) -> Examples:
    """Read a file with a text on each line."""
    lines = list(numbered_lines(path))
    return Examples([text for _, text in lines], None, [f"{path}:{number}" for number, _ in lines])


def read_trec(path: Path, fine: bool = False) -> Examples:
    """Read questions as Li and Roth (2002) give them: lines `COARSE:fine question`, in latin-1.

    Args:
        path: the file.
        fine: take "COARSE:fine" as the label, one of 50, instead of COARSE, one of 6.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="latin-1").removesuffix("\n").split("\n"), 1):
        label, _, question = line.partition(" ")
        if ":" not in label or not question:
            raise DataError(f"{path}:{number}: expected COARSE:fine and a question, got {line[:40]!r}")
        rows.append((f"{path}:{number}", label if fine else label.partition(":")[0], question))
    return _examples(rows)


def _examples(rows: Iterable[tuple[str, str, str]]) -> Examples:
    """Examples of rows of a name, a label and a text."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    names, labels, texts = columns
    return Examples(texts, labels, names)
