"""Running text from what a person names: files, a folder of them, or a named data set."""

import os
from pathlib import Path

from recurra.data.files.folder import files as folder_files
from recurra.data.sources.catalogue import NAMED
from recurra.data.sources.named import parts, refuse_no_names
from recurra.data.text.text_files import Text
from recurra.errors import DataError


def resolve(data: str | Path | list[str | Path]) -> dict[str, Text]:
    """Find what a person named: a data set, a text file, a folder of .txt files, or several files read as one.

    Returns:
        The parts by name; a person's own files are one part, "train".

    Raises:
        DataError: there is no such file and no such data set.
    """
    refuse_no_names(data)
    if isinstance(data, list | tuple):
        return {"train": Text(tuple(Path(path) for path in data))}
    path = Path(data)
    if os.path.isfile(path):  # unlike path.is_file(), False for a text given in place of its path
        return {"train": Text((path,))}
    if str(data) in NAMED:
        return parts(str(data), "language-model")
    if os.path.isdir(path):
        files = tuple(folder_files(path, [".txt"]))
        if not files:
            raise DataError(f"{path}: expected .txt files in this folder, found none")
        return {"train": Text(files)}
    return parts(str(data), "language-model")
