"""What each setting of a Config is: its type, its bounds or choices, and what its docstring says of it.

A command's help and a page's form are made of this, so that they say what the check holds.
"""

import ast
import dataclasses
import inspect
import textwrap
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from annotated_types import Interval

from recurra.settings import bounds
from recurra.settings.check import declared


@dataclass(frozen=True)
class Setting:
    """One setting.

    name: of the field. kind: its type. default: its value where none is chosen. help: what its docstring says.
    interval: its bounds, of a number. choices: what it may be, of some texts. part: the first sentence of the class
    that declares it, such as "Settings of recurrent layers."
    """

    name: str
    kind: Any
    default: Any
    help: str
    interval: Interval | None
    choices: tuple[str, ...]
    part: str

    @property
    def shown_bounds(self) -> str:
        """The bounds in a few characters, "" where there are none."""
        return "" if self.interval is None else bounds.shown(self.interval)


def settings_of(config_class: type) -> list[Setting]:
    """Describe the settings of a Config, in the order of its fields."""
    hints = typing.get_type_hints(config_class, include_extras=True)
    settings = []
    for field in dataclasses.fields(config_class):
        kind, intervals = declared(hints[field.name])
        choices = typing.get_args(kind) if typing.get_origin(kind) is Literal else ()
        part, text = _documented(config_class, field.name)
        interval = intervals[0] if intervals else None
        settings.append(Setting(field.name, kind, field.default, text, interval, choices, part))
    return settings


def _documented(config_class: type, name: str) -> tuple[str, str]:
    """What declares a field first, and the docstring of its last declaration that has one."""
    classes = [parent for parent in config_class.__mro__ if name in vars(parent).get("__annotations__", {})]
    part = inspect.getdoc(classes[-1]) or ""
    text = next((docs[name] for docs in map(_docstrings, classes) if name in docs), "")
    return part.splitlines()[0], text


@cache
def _docstrings(config_class: type) -> dict[str, str]:
    """The docstring below each field of one class, by name."""
    body = ast.parse(textwrap.dedent(inspect.getsource(config_class))).body[0]
    assert isinstance(body, ast.ClassDef)
    docstrings = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if is_text:
                docstrings[statement.target.id] = " ".join(after.value.value.split())  # type: ignore[attr-defined]
    return docstrings
