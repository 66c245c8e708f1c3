"""Dataclasses read from JSON, held to the types that their fields declare."""

import dataclasses
import math
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from recurra.errors import DataError, quote


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Name a file where the block fails to make something of its content.

    Args:
        path: the file.
        what: what it should hold.

    Raises:
        DataError: an entry is missing or of another form.
    """
    try:
        yield
    except DataError as error:
        raise error if str(path) in str(error) else DataError(f"{path}: expected {what}, got: {error}") from None
    except KeyError as error:
        raise DataError(f"{path}: expected {what}, got no entry {error}") from None
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
        raise DataError(f"{path}: expected {what}, got: {error}") from None


def require(holds: bool, path: Path, expected: str) -> None:
    """Raise a DataError that names a file, unless something holds of it."""
    if not holds:
        raise DataError(f"{path}: expected {expected}, got others")


def require_types(record: Any, path: Path) -> None:
    """Hold every field of a dataclass to its declared type, with what is in lists and dictionaries.

    Args:
        record: an instance.
        path: of the file that it was read from, for errors.

    Raises:
        DataError: one is of another type; names it.
    """
    hints = typing.get_type_hints(type(record))
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if not _fits(value, hints[field.name]):
            expected = getattr(hints[field.name], "__name__", str(hints[field.name]))
            if typing.get_args(hints[field.name]):
                expected = str(hints[field.name]).replace("typing.", "")
            raise DataError(f"{path}: expected {field.name} to be of type {expected}, got {quote(value)}")
        if dataclasses.is_dataclass(value):
            require_types(value, path)


def _fits(value: Any, hint: Any) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return value in inner
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, member) for member in inner)
    if origin in (list, Sequence):
        return isinstance(value, list) and all(_fits(entry, inner[0]) for entry in value)
    if origin in (dict, Mapping):
        pairs = value.items() if isinstance(value, dict) else ()
        return isinstance(value, dict) and all(_fits(key, inner[0]) and _fits(entry, inner[1]) for key, entry in pairs)
    return _is(value, hint)


def _is(value: Any, hint: Any) -> bool:
    if hint in (Any, None, type(None)):
        return hint is Any or value is None
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value)
    if hint in (int, bool, str):
        return type(value) is hint
    return not isinstance(hint, type) or isinstance(value, hint)
