"""`--config FILE`: settings from a TOML file, below those given as flags."""

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts.config import Dict

from recurra.errors import DataError

if TYPE_CHECKING:
    from recurra.settings.training import TrainingConfig


def settings_from_file(app: Any, commands: tuple[str, ...], arguments: Any) -> None:
    """Fill in the settings that a command's `--config` file gives and its flags do not.

    Raises:
        DataError: the file is missing, is not TOML, names something that is not a setting, or gives a wrong value.
    """
    chosen_file = next((a for a in arguments if a.name == "--config" and a.tokens), None)
    if chosen_file is None:
        return
    from recurra.tasks import JOBS

    path = Path(chosen_file.tokens[0].value)
    settings = read(path)
    others = [argument for argument in arguments if argument is not chosen_file]
    known = {name.removeprefix("--").replace("-", "_") for argument in others for name in argument.names}
    for name in settings:
        if name.replace("-", "_") not in known:
            raise DataError(f"{path}: expected the name of a setting, got {name!r}; --help lists them")
    flags = {name.removeprefix("--").replace("-", "_") for a in others if a.tokens for name in a.names}
    job = JOBS.get(commands[-1]) if commands else None
    if job is not None:
        chosen = {name: value for name, value in settings.items() if name.replace("-", "_") not in flags}
        check(path, chosen, job.config_class)
    Dict(settings, source=str(path), use_commands_as_keys=False)(app, commands, arguments)


def check(path: Path, settings: dict[str, Any], config: "type[TrainingConfig]") -> None:
    """Hold the settings of a file to their types and ranges, each by itself.

    Args:
        path: the file.
        settings: what it holds; a text in the place of a number is left to the parser of the command line.
        config: the settings of a job; others are left out.

    Raises:
        DataError: one is wrong; names the file and the setting.
    """
    defaults = {field.name: getattr(config(), field.name) for field in dataclasses.fields(config)}
    for key, value in settings.items():
        name = key.replace("-", "_")
        if name not in defaults or (isinstance(value, str) and not isinstance(defaults[name], str)):
            continue
        try:
            config(**{name: value})
        except DataError as error:
            if str(error).startswith(f"{name}:"):  # else it is of several settings together
                raise DataError(f"{path}: {error}") from None


def read(path: Path) -> dict[str, Any]:
    """Read a TOML file."""
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise DataError(f"{path}: expected a TOML file, got: {error.strerror}") from error
    except RecursionError:
        raise DataError(f"{path}: expected TOML, got tables nested too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise DataError(f"{path}: expected TOML, got: {error}") from error
