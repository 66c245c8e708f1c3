"""How settings are checked: each is held to the type, the bounds and the choices that its field declares."""

import dataclasses
import difflib
import math
import os
import typing
from numbers import Integral, Real
from typing import Any, Literal

from annotated_types import Interval

from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote
from recurra.settings import bounds


def require(config: Any, name: str, holds: bool, expected: str) -> None:
    """Raise a DataError that names a setting, unless it holds."""
    if not holds:
        raise DataError(f"{name}: expected {expected}, got {quote(getattr(config, name))}")


def check(config: Any) -> None:
    """Hold every setting to its declared type, range and choices; those of NumPy's types become Python's.

    Raises:
        DataError: names the setting, what was expected and what was given.
    """
    hints = typing.get_type_hints(type(config), include_extras=True)
    for field in dataclasses.fields(config):
        hint, intervals = declared(hints[field.name])
        value = _python(getattr(config, field.name), hint)
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            is_choice = isinstance(value, str) and value in choices
            require(config, field.name, is_choice, f"one of {', '.join(map(repr, choices))}")
        elif hint in _TYPES:
            fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
            require(config, field.name, fits, _TYPES[hint])
        if isinstance(value, str):
            require_unicode(field.name, value)
        for interval in intervals:
            require(config, field.name, bounds.holds(interval, value), bounds.expected(interval, value))
        setattr(config, field.name, value)


def declared(hint: Any) -> tuple[Any, list[Interval]]:
    """Split the hint of a field into its type and its bounds."""
    if typing.get_origin(hint) is not typing.Annotated:
        return hint, []
    kind, *extras = typing.get_args(hint)
    return kind, [extra for extra in extras if isinstance(extra, Interval)]


_TYPES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _python(value: Any, hint: Any) -> Any:
    """A setting in Python's own type, where it is a number, a text or a path in another."""
    if hint not in _TYPES and typing.get_origin(hint) is not Literal:
        return value
    if getattr(value, "ndim", None) == 0:  # a scalar of NumPy or of torch
        value = value.item()
    if isinstance(value, bool):
        return value
    if hint is int and isinstance(value, Integral):
        return int(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is float and isinstance(value, Real):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return os.fspath(value) if hint is str and isinstance(value, os.PathLike) else value


def build(config_class: type, settings: dict[str, Any]) -> Any:
    """Build a Config from settings by name.

    Raises:
        DataError: a name is not a setting; the message lists what is.
    """
    names = [field.name for field in dataclasses.fields(config_class)]
    for name in settings:
        if name not in names:
            raise DataError(f"settings: expected some of {', '.join(names)}, got {quote(name)}{_meant(name, names)}")
    return config_class(**settings)


_ELSEWHERE = {
    "random_state": "seed",
    "lr": "learning_rate",
    "max_iter": "epochs",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "n_jobs": "threads",
    "units": "hidden_size",
    "hidden_dim": "hidden_size",
    "n_layers": "num_layers",
    "patience": "early_stopping",
    "validation_fraction": "valid_fraction",
    "validation_split": "valid_fraction",
}
"""What other libraries call some settings."""


def _meant(name: str, names: list[str]) -> str:
    """Say which setting somebody may have meant, if any."""
    alike = difflib.get_close_matches(name, names, 1)
    meant = _ELSEWHERE.get(name) or (alike[0] if alike else "")
    return f"; {meant} may be meant" if meant in names else ""
