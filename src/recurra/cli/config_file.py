"""`--config FILE`: settings from a TOML file, below those given as flags."""

import tomllib
from pathlib import Path
from typing import Any

from cyclopts.config import Dict

from recurra.errors import DataError


def settings_from_file(app: Any, commands: tuple[str, ...], arguments: Any) -> None:
    """Fill in the settings that a command's `--config` file gives and its flags do not.

    Raises:
        DataError: the file is missing, is not TOML, or names something that is not a setting.
    """
    given = next((a for a in arguments if a.name == "--config" and a.tokens), None)
    if given is None:
        return
    path = Path(given.tokens[0].value)
    settings = read(path)
    others = (argument for argument in arguments if argument is not given)
    known = {name.removeprefix("--").replace("-", "_") for argument in others for name in argument.names}
    for name in settings:
        if name.replace("-", "_") not in known:
            raise DataError(f"{path}: expected the name of a setting, got {name!r}; --help lists them")
    Dict(settings, source=str(path), use_commands_as_keys=False)(app, commands, arguments)


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
