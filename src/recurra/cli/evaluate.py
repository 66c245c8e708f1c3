"""`recurra evaluate`: a trained network scored."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from recurra import figures
from recurra.cli import sample_report, stream
from recurra.cli.loading import load
from recurra.cli.output import dumps
from recurra.cli.output import print_json as print_json
from recurra.cli.scores import print_scores, print_side_by_side
from recurra.cli.stream import HYPHENED
from recurra.cli.translator_flags import BeamSize, LengthPenalty, translator
from recurra.data.files import atomic
from recurra.errors import DataError
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.tasks import LanguageModel, SequenceClassifier, Tagger, VideoClassifier
from recurra.training import Task
from recurra.training.sampler import Sampler

_SEEN = {"answered right": "accuracy", "mean confidence": "confidence"}


def evaluate(
    run: Path,
    data: Annotated[list[str] | None, HYPHENED, Parameter(negative="")] = None,
    /,
    *,
    part: str | None = None,
    json: bool = False,
    picture: Path | None = None,
    calibration: Path | None = None,
    seen: Path | None = None,
    errors: Path | None = None,
    beam_size: BeamSize = None,
    length_penalty: LengthPenalty = None,
    precision: AnsweringPrecision = "float32",
) -> None:
    """Score a trained network on data.

    Parameters
    ----------
    run
        Run folder.
    data
        What the network is trained on: files, a folder or a named data set; of a language model also standard input,
        when not given or "-"; of a run that makes samples by default its own. Several files are one text; two of a
        translator are sources and their translations.
    part
        Part of a named data set: train, valid or test; by default test where there is one, else valid. A run that
        makes samples takes none.
    json
        Print one JSON object.
    picture
        File to draw the confusion table of a classifier or tagger to: .html, .svg or .png.
    calibration
        File to draw how often a classifier is right, by how sure it is, to: .html, .svg or .png.
    seen
        File to draw how often a classifier of clips is right, by how much of a clip it has seen, to: .html, .svg or
        .png.
    errors
        JSON lines file to list what a tagger gets wrong in.
    beam_size
        Hypotheses of a translator; by default what it was set to.
    length_penalty
        A translation of L symbols ranks by log p / L ** length_penalty; by default what the translator was set to.
    precision
        int8 or bf16 prints the scores of the weights as they are and, beside them, of these in so few bits.
    """
    for file in (picture, calibration, seen):
        if file is not None:
            figures.require_format(file)
    searches = beam_size is not None or length_penalty is not None
    task: Any = translator(run, beam_size, length_penalty) if searches else load(run, Task)
    _require_kind(run, task, errors, calibration, seen)
    if isinstance(task, Sampler):
        _require_only_data(task, part, picture, precision)
        sample_report.evaluate(task, run, _files(data) if data else None, json)
        return
    from_stream = data in (None, [], [stream.STANDARD_INPUT])
    how = {"cache": False} if from_stream and isinstance(task, LanguageModel) else {}  # what is piped in is not kept
    unreduced = None
    with stream.standard_input_as_file() if from_stream else nullcontext(_files(data)) as source:
        if precision != "float32":
            unreduced = task.evaluate(source, part=part, **how)
            task.reduce_precision(precision)
        if errors is not None:
            scores = _scores_and_errors(task, source, part, errors)
        elif calibration is not None:
            scores = _scores_and_calibration(task, source, part, calibration)
        else:
            scores = task.evaluate(source, part=part, **how)
    if picture is not None:
        _draw_confusion(run, scores, picture)
    if seen is not None:
        _draw_by_share(run, scores, seen)
    _print(scores, unreduced, precision, json)


def _require_kind(run: Path, task: Any, errors: Path | None, calibration: Path | None, seen: Path | None) -> None:
    """Refuse a file of which the run's network has nothing to tell."""
    if errors is not None and not isinstance(task, Tagger):
        raise DataError(f"{run}: expected a run of {Tagger.name}, to list errors, got one of {task.name}")
    if calibration is not None and not isinstance(task, SequenceClassifier | VideoClassifier):
        raise DataError(f"{run}: expected a run of a classifier, to draw how sure it is, got one of {task.name}")
    if seen is not None and not isinstance(task, VideoClassifier):
        raise DataError(f"{run}: expected a run that watches clips, to draw when it knew, got one of {task.name}")


def _require_only_data(task: Any, part: str | None, picture: Path | None, precision: AnsweringPrecision) -> None:
    """Refuse what the report of a run that makes samples does not take."""
    for name, value in {"part": part, "picture": picture}.items():
        if value is not None:
            raise DataError(
                f"{name}: expected none for a run of {task.name}, of which a report is made, got {str(value)!r}"
            )
    if precision != "float32":
        raise DataError(f"precision: expected float32 for a run of {task.name}, of which a report is made")


def _scores_and_errors(task: Any, source: Any, part: str | None, file: Path) -> Any:
    """Score a tagger, and list what it gets wrong."""
    scores, wrong = task.assess(source, part=part)
    atomic.write_text(file, "".join(f"{dumps(error)}\n" for error in wrong))
    return scores


def _scores_and_calibration(task: Any, source: Any, part: str | None, file: Path) -> Any:
    """Score a classifier, and draw how often it is right, by how sure it is."""
    scores, confidence, correct = task.assess(source, part=part)
    figures.save(figures.calibration(confidence, correct), file)
    return scores


def _draw_confusion(run: Path, scores: dict[str, Any], file: Path) -> None:
    if "confusion" not in scores:
        raise DataError(f"{run}: expected a run of a classifier of one class each, or a tagger of one column, to draw")
    figures.save(figures.confusion(scores["confusion"], scores["classes"]), file)


def _draw_by_share(run: Path, scores: dict[str, Any], file: Path) -> None:
    """Draw how often a classifier of clips is right, and how sure it is, by the share of a clip that it has seen."""
    if "by_share" not in scores:
        raise DataError(f"{run}: expected a network of one direction that answers once a clip, to draw when it knew")
    rows = scores["by_share"]
    shares = [row["seen"] for row in rows]
    curves = {name: (shares, [row[key] for row in rows]) for name, key in _SEEN.items()}
    figures.save(figures.lines(curves, "share of the clip seen", "share of the clips", "When it knew"), file)


def _print(scores: dict[str, Any], unreduced: dict[str, Any] | None, precision: str, json: bool) -> None:
    """Print scores, beside those of the weights as they are where these were taken too."""
    if unreduced is not None:
        both: dict[str, dict[str, Any]] = {"float32": unreduced, precision: scores}
        print_json(both) if json else print_side_by_side(both)
    elif json:
        print_json(scores)
    else:
        print_scores(scores)


def _files(data: list[str] | None) -> Any:
    """What a person named as data.

    Raises:
        DataError: standard input is among several.
    """
    assert data
    if stream.STANDARD_INPUT in data:
        raise DataError(f"{stream.STANDARD_INPUT}: expected standard input alone, got {len(data)} files")
    return data[0] if len(data) == 1 else data
