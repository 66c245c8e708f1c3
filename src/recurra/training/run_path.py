"""A path held to what a folder of a run can have."""

import errno
import os
from pathlib import Path
from typing import Any

from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote

_LONGEST_NAME = "checkpoint.safetensors.part-0000000000"  # of a file in a run, roughly


def require_folder_path(path: Any, name: str) -> Path:
    """Give a path as a `Path`.

    Args:
        path: whatever somebody gave.
        name: what an error calls it.

    Raises:
        DataError: it is no path, or none that a folder and the files in it can have.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes) or not os.fspath(path).strip():
        raise DataError(f"{name}: expected the path of a folder, got {type(path).__name__} {quote(path)}")
    text = os.fspath(path)
    try:
        os.lstat(os.path.join(text, "last", _LONGEST_NAME))
    except UnicodeEncodeError:
        require_unicode(name, text)
    except (OSError, ValueError) as error:  # ValueError: it holds the character NUL
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            reason = getattr(error, "strerror", error)
            raise DataError(f"{name}: expected the path of a folder, got {quote(text)}: {reason}") from None
    return Path(path)
