"""Flags of settings: of each what its field declares, its docstring and its bounds, in groups."""

import dataclasses
import typing
from typing import Annotated, Any

from cyclopts import Group, Parameter

from recurra.settings.check import declared
from recurra.settings.fields import Setting, settings_of


def flags_of(config_class: type) -> type:
    """A dataclass like a Config, whose fields tell the command line their help and their group."""
    hints = typing.get_type_hints(config_class, include_extras=True)
    fields: list[tuple[str, Any, Any]] = []
    settings = settings_of(config_class)
    parts = dict.fromkeys(setting.part for setting in reversed(settings))  # what is the job's own comes first
    groups = {part: Group.create_ordered(part.rstrip(".")) for part in parts}
    for setting in settings:
        flag = Parameter(help=_help(setting), group=groups[setting.part])
        # without its bounds, which the Config checks; the parser would, too, in other words, where pydantic is loaded
        kind, _ = declared(hints[setting.name])
        fields.append((setting.name, Annotated[kind, flag], dataclasses.field(default=setting.default)))
    namespace = {"__module__": config_class.__module__}
    return dataclasses.make_dataclass(config_class.__name__, fields, bases=(config_class,), namespace=namespace)


def _help(setting: Setting) -> str:
    return f"{setting.help} [{setting.shown_bounds}]" if setting.shown_bounds else setting.help
