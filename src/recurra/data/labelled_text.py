"""Texts and their labels: a folder with a file for each class, or a file with a label on each line."""

from pathlib import Path

from recurra.data.examples import Examples
from recurra.data.text import read_pieces
from recurra.errors import DataError

ABOUT = ("SOURCE.txt", "README.txt", "LICENSE.txt")  # files of a folder that tell about it


def read_folder(folder: Path) -> Examples:
    """Read a folder of .txt files: each is a class, called as the file, and each of its lines an example.

    Raises:
        DataError: there are not two classes.
    """
    files = [file for file in sorted(folder.glob("*.txt")) if file.name not in ABOUT]
    if len(files) < 2:
        raise DataError(f"{folder}: expected a .txt file for each of at least two classes, found {len(files)}")
    texts: list[str] = []
    labels: list[str] = []
    names: list[str] = []
    for file in files:
        for number, line in enumerate("".join(read_pieces([file])).splitlines(), 1):
            if line.strip():
                texts.append(line.strip())
                labels.append(file.stem)
                names.append(f"{file}:{number}")
    return Examples(texts, labels, names)


def read_lines(path: Path) -> Examples:
    """Read a file of lines `label<TAB>text`.

    Raises:
        DataError: a line has no tab; names file and line.
    """
    texts, labels, names = [], [], []
    for number, line in enumerate("".join(read_pieces([path])).splitlines(), 1):
        if not line.strip():
            continue
        label, tab, text = line.partition("\t")
        if not tab:
            raise DataError(f"{path}:{number}: expected a label, a tab and a text, got {line[:40]!r}")
        texts.append(text)
        labels.append(label)
        names.append(f"{path}:{number}")
    return Examples(texts, labels, names)


def read_trec(path: Path, fine: bool = False) -> Examples:
    """Read questions as Li and Roth (2002) give them: lines `COARSE:fine question`, in latin-1.

    Args:
        path: the file.
        fine: take "COARSE:fine" as the label, one of 50, instead of COARSE, one of 6.
    """
    texts, labels, names = [], [], []
    for number, line in enumerate(path.read_text(encoding="latin-1").splitlines(), 1):
        label, _, question = line.partition(" ")
        if ":" not in label or not question:
            raise DataError(f"{path}:{number}: expected COARSE:fine and a question, got {line[:40]!r}")
        texts.append(question)
        labels.append(label if fine else label.partition(":")[0])
        names.append(f"{path}:{number}")
    return Examples(texts, labels, names)
