"""`--from RUN`: settings of a run that a training starts from, below those given as flags or in a file."""

from pathlib import Path
from typing import Any

from cyclopts.config import Dict


def settings_from_run(app: Any, commands: tuple[str, ...], arguments: Any) -> None:
    """Fill in the settings of the run that a command's `--from` names, where neither flags nor a file give them.

    Raises:
        DataError: there is no run, or a broken one.
    """
    start = next((a for a in arguments if a.name == "--from" and a.tokens), None)
    if start is None:
        return
    from recurra.training.run import RunFolder  # which takes PyTorch with it

    run = RunFolder(Path(start.tokens[0].value))
    settings = run.read_config()["settings"]
    known = {name.removeprefix("--").replace("-", "_") for argument in arguments for name in argument.names}
    plain = {name: value for name, value in settings.items() if name in known and isinstance(value, int | float | str)}
    Dict(plain, source=str(run.config_file), use_commands_as_keys=False)(app, commands, arguments)
