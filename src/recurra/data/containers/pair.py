"""Two containers in one: sequences and their answers."""

from collections.abc import Mapping
from typing import Any

from recurra.data.containers.rows import is_container


def pair(data: Any) -> tuple[Any, Any] | None:
    """Take sequences and their answers out of one tuple or list, `(X, y)`; None where it is no such pair.

    Two files are no pair, nor are two texts. Answers may also lie in a dictionary, by the names of their columns.
    """
    if not isinstance(data, list | tuple) or len(data) != 2:
        return None
    X, y = data
    return (X, y) if is_container(X) and (is_container(y) or isinstance(y, Mapping)) else None
