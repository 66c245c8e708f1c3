"""Flags of a translator's search, which `recurra translate` and `recurra evaluate` share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.cli.loading import load
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks import Translator

BeamSize = Annotated[int | None, Parameter(validator=Number(gte=1))]
LengthPenalty = Annotated[float | None, Parameter(validator=Number(gte=0, lte=10))]


def translator(
    run: Path, beam_size: int | None, length_penalty: float | None, precision: AnsweringPrecision = "float32"
) -> Translator:
    """Load a translator and set what was chosen; None leaves what it was set to."""
    flags = {"beam_size": beam_size, "length_penalty": length_penalty}
    chosen = {name: value for name, value in flags.items() if value is not None}
    return load(run, Translator, precision).set_params(**chosen)
