"""Flags of a translator's search, which `recurra translate` and `recurra evaluate` share."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.errors import DataError
from recurra.tasks import Translator

BeamSize = Annotated[int | None, Parameter(validator=Number(gte=1))]
LengthPenalty = Annotated[float | None, Parameter(validator=Number(gte=0))]


def translator(run: Path, task: Any, beam_size: int | None, length_penalty: float | None) -> Translator:
    """Check that a task is a translator, and set what is given; None leaves what it was set to."""
    if not isinstance(task, Translator):
        raise DataError(f"{run}: expected a run of {Translator.name}, got one of {task.name}")
    given = {"beam_size": beam_size, "length_penalty": length_penalty}
    return task.set_params(**{name: value for name, value in given.items() if value is not None})
