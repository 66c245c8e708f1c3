"""`recurra compare`: networks trained on one task of several lengths, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from recurra.cli.output import print_json, write
from recurra.errors import DataError, quote

if TYPE_CHECKING:
    from recurra.explain.compare.comparison import Comparison

_COUNT = Number(gte=1)


def compare(
    *,
    out: Path,
    cells: str = "mlp,rnn,lstm,gru",
    task: str = "adding",
    lengths: str = "10,50,100,200",
    seeds: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 1,
    steps: Annotated[int, Parameter(validator=_COUNT)] = 2000,
    max_minutes: Annotated[float, Parameter(validator=Number(gte=0))] = 0.0,
    hidden_size: Annotated[int | None, Parameter(validator=_COUNT)] = None,
    parameters: Annotated[int | None, Parameter(validator=_COUNT)] = None,
    batch_size: Annotated[int | None, Parameter(validator=_COUNT)] = None,
    learning_rate: float | None = None,
    window: Annotated[int | None, Parameter(validator=_COUNT)] = None,
    shortest: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    growing: bool = False,
    regression: bool = False,
    per_step: bool = False,
    workers: Annotated[int | None, Parameter(validator=_COUNT)] = None,
    overwrite: bool = False,
    figures: Path | None = None,
    json: bool = False,
) -> None:
    """Train networks on one task, and show what each remembers: a table, pictures, and what they show.

    Stopped and called again with the same --out it goes on where it was.

    Parameters
    ----------
    out
        File to write the report to: one page, .html, that needs no network. The runs stand beside it, in NAME.runs.
    cells
        Networks, separated by commas: mlp (it sees a window), rnn, lstm, gru, relu, with bi before it for two
        directions, unitary (linear, it forgets nothing), or module:Class or file.py for a cell of your own; after it
        +clip, +orthogonal, +identity, +chrono or +norm.
    task
        adding, copy, parity, parity/end, temporal-order, temporal-order/3, reversed-digits, ending, mnist or
        mnist/permuted; or a file or named data set that a classifier learns from.
    lengths
        Of the task, separated by commas; other sequences are cut to so many steps.
    seeds
        Trainings of each network at each length.
    steps
        Batches that a training learns from at most; it ends when it has solved its task.
    max_minutes
        Time that a training learns for at most; 0 sets no limit.
    hidden_size
        Units of each network, 64 by default.
    parameters
        Give every network about so many numbers to learn, in place of hidden_size.
    batch_size
        Sequences learnt from at once.
    learning_rate
        Size of the steps, at their largest.
    window
        Steps that the mlp sees.
    shortest
        Lengths within a batch are drawn between this and the length; 0 draws all alike. Scored is the full length.
    growing
        Begin with short sequences, and take longer ones whenever these are solved.
    regression
        The answers in the file are numbers, not classes.
    per_step
        The file has an answer at every step.
    workers
        Trainings at once; by default as many as there are cores.
    overwrite
        Replace runs with other settings.
    figures
        Folder to write each figure to, as SVG and PNG.
    json
        Print all numbers as one JSON object.
    """
    if out.suffix.lower() != ".html":
        raise DataError(f"{out}: expected a report's name, which ends in .html, got {quote(out.suffix)}")
    numbers = [_whole(length) for length in lengths.split(",")]
    from recurra.explain import compare as train_all  # which takes PyTorch

    comparison = train_all(
        [cell.strip() for cell in cells.split(",")],
        task,
        numbers,
        seeds=seeds,
        steps=steps,
        parameters=parameters,
        shortest=shortest,
        regression=regression,
        runs=out.with_suffix(".runs"),
        overwrite=overwrite,
        workers=workers,
        max_minutes=max_minutes,
        growing=growing,
        per_step=per_step,
        **_chosen(hidden_size=hidden_size, batch_size=batch_size, learning_rate=learning_rate, window=window),
    )
    _show(comparison, out, figures, json)


def _chosen(**settings: Any) -> dict[str, Any]:
    """The settings that a person has chosen; of the others the networks have defaults."""
    return {name: value for name, value in settings.items() if value is not None}


def _show(comparison: "Comparison", out: Path, figures: Path | None, json: bool) -> None:
    """Write the report and, where they are asked for, the figures; print the table or the numbers."""
    comparison.save(out)
    if figures is not None:
        comparison.save_figures(figures)
    if json:
        print_json(comparison.numbers())
    else:
        write(str(comparison), end="\n")


def _whole(text: str) -> int:
    """A length from the command line."""
    try:
        return int(text)
    except ValueError:
        raise DataError(f"lengths: expected whole numbers between commas, got {quote(text)}") from None
