"""The report on what a run makes, as `recurra evaluate` has left it beside the run."""

from pathlib import Path

from pydantic import BaseModel, StrictStr, ValidationError

from recurra.data.files.regular_file import read_json
from recurra.errors import DataError
from recurra.training.run import RunFolder

_LIMIT = 16 << 20  # bytes of the file


class Summary(BaseModel):
    """The few scores that people read first, as a table of texts."""

    columns: list[StrictStr]
    rows: list[list[StrictStr]]


class Report(BaseModel):
    """What was measured of made samples.

    conclusion: whether the adversarial part beats the likelihood model of the same data, with the interval. summary:
    the main scores; null where the report was written by an earlier version. is_older: whether the run has had better
    weights since.
    """

    conclusion: StrictStr
    summary: Summary | None = None
    is_older: bool = False


def report_of(folder: Path) -> Report | None:
    """Read the report of a run; None where there is none that can be read."""
    run = RunFolder(folder)
    file = run.report_file.with_suffix(".json")
    try:
        report = Report.model_validate(read_json(file, "a report on made samples", _LIMIT))
        report.is_older = file.stat().st_mtime_ns < run.weights_file.stat().st_mtime_ns
    except (DataError, OSError, ValidationError):
        return None
    return report
