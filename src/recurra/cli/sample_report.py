"""What `recurra evaluate` does with a run that makes samples: a report of how good they are."""

from pathlib import Path
from typing import Any

from recurra.cli import output
from recurra.cli.output import print_json as print_json
from recurra.cli.table import show
from recurra.data.files import atomic
from recurra.training.run import RunFolder
from recurra.training.sampler import Sampler
from recurra.training.sources import Sources


def evaluate(task: Sampler[Any, Any], run: Path, data: Any, json: bool) -> None:
    """Measure what a run makes, on its own data where none are named; print the summary, and write all of it beside the
    run.

    The page is RUN/report.html; all numbers and the conclusion are in RUN/report.json.

    Raises:
        DataError: the run names no data and none are named, or they are not as expected.
    """
    folder = RunFolder(run)
    valid = None
    if data is None:
        sources = Sources.read(folder.read_config()["data"], folder.config_file)
        data, valid = sources.data, sources.valid
    report = task.report(data, valid, run)
    summary = report.summary
    short = {"columns": list(summary.columns), "rows": [list(row) for row in summary.rows]}
    numbers = report.scores | {"conclusion": report.conclusion, "summary": short}
    atomic.write_text(folder.report_file, report.page)
    atomic.write_text(folder.report_file.with_suffix(".json"), f"{output.dumps(numbers)}\n")
    if json:
        print_json(numbers)
    else:
        show([dict(zip(summary.columns, row, strict=True)) for row in summary.rows], as_json=False)
        output.write(f"\n{report.conclusion}\n\n{folder.report_file}", end="\n")
