"""Texts without the paths of the machine on which they were written."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_NAME = r"[^\s/\"'<>:;,|]+"
_PATH = re.compile(rf"(?<![\w/.:])(?:~|\.{{1,2}})?/(?:{_NAME}/)*({_NAME})")


def without_paths(text: str) -> str:
    """A message in which of each path only the last part is left."""
    return _PATH.sub(r"\1", text)


def without_folders(text: str, paths: Iterable[str]) -> str:
    """A text of any form that names files by their last part alone.

    Args:
        text: JSON or HTML too; what is no path of these stays as it is.
        paths: of the files and folders that it may name; what is not absolute is no file.
    """
    whole = [Path(path) for path in paths if os.path.isabs(path)]
    parents = {str(each.parent) for path in whole for each in (path, path.resolve())}
    for parent in sorted(parents - {"/"}, key=len, reverse=True):
        text = text.replace(f"{parent}/", "")
    return text
