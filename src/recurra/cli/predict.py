"""`recurra predict`: a trained classifier or regressor at work, on files or as a filter."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from recurra.cli import predict_clips, predict_sequences, stream
from recurra.cli.loading import load
from recurra.cli.output import print_csv, print_row
from recurra.cli.stream import HYPHENED
from recurra.errors import DataError
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.video.task import VideoClassifier
from recurra.training import Task


def predict(
    run: Path,
    files: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    json: bool = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
    per_frame: Annotated[bool, Parameter(negative="")] = False,
    picture: Path | None = None,
    precision: AnsweringPrecision = "float32",
) -> None:
    """Answer sequences or clips with a trained classifier or regressor: a table, an example a line.

    Parameters
    ----------
    run
        Run folder of a classifier or a regressor, or of one that watches clips.
    files
        Files of examples, as in training; of clips a file each, or a camera (/dev/video0), and "-" is a video
        on standard input, both answered at every frame as it comes; of a model that reads texts, also files
        with a text on each line, which is answered by a line each, an empty one too. "-", or none, reads
        standard input: for a model of texts a text on each line; for others JSON lines ({"x": [...]}), answered
        as they come; or, for a run that was trained on a table, a CSV file with a header, answered when all of
        it has come.
    json
        Print one JSON object an example, with probabilities.
    csv
        Print a CSV file with a header, for spreadsheets; a text that they would take for a formula has a ' before it.
    per_frame
        Of a clip, say what was thought at every frame.
    picture
        File to draw the answers along a clip to, with pictures of it: .html, .svg or .png.
    precision
        Of the weights: float32; int8 or bf16 answers sooner, somewhat differently (`recurra evaluate` tells by how
        much), and in int8 the same on every processor.
    """
    if json and csv:
        raise DataError("--csv: expected one of --csv and --json, got both")
    task = load(run, Task, precision)
    print_cells: Callable[[list[str]], Any] = print_csv if csv else print_row
    if isinstance(task, VideoClassifier):
        if csv:
            print_csv(predict_clips.columns(files or [stream.STANDARD_INPUT], per_frame))
        predict_clips.predict(task, files or [stream.STANDARD_INPUT], per_frame, picture, json, print_cells)
        return
    if not isinstance(task, SequenceEstimator):
        raise DataError(f"{run}: expected a run of a classifier or a regressor, got one of {task.name}")
    for flag, value in (("--per-frame", per_frame), ("--picture", picture)):
        if value:
            raise DataError(f"{flag}: expected a run that watches clips, got one of {task.name}")
    if csv:
        print_csv(predict_sequences.columns(task))
    predict_sequences.predict(task, files or [stream.STANDARD_INPUT], json, print_cells)
