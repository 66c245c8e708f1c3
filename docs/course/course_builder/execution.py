"""Runs the code of a page in a process of its own, in an empty folder, with warnings as errors.

As a program, `execution.py PAGE FOLDER` is that process.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course_builder.page import Cell, cells, images

KERAS = "ignore:__array__ implementation:DeprecationWarning"  # its own use of NumPy
LIMIT = 600  # seconds that a page may take, on a machine that does something else as well


@dataclass
class Output:
    """What a cell of code shows.

    Attributes:
        text: what it printed, and the value of its last line where that is no chart.
        picture: file name of the chart that its last line is.
    """

    text: str = ""
    picture: str | None = None


def execute(page: Path, folder: Path) -> list[Output]:
    """Run a page.

    Args:
        page: its Markdown.
        folder: where its pictures go, under the names that the page gives them; is made.

    Returns:
        An output for each cell of code, in order.

    Raises:
        RuntimeError: the code raised something, a check does not hold, or charts and images are not as many; the
            message is the traceback, which names the line of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    builder = str(Path(__file__).parents[1])
    # One thread, so that sums are taken in one order and the numbers come out alike.
    environment = os.environ | {"PYTHONPATH": builder, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    program = [sys.executable, "-W", "error", "-W", KERAS, "-m", "course_builder.execution"]
    with TemporaryDirectory() as scratch:
        done = subprocess.run(
            [*program, str(page.resolve()), str(folder.resolve())],
            cwd=scratch,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{page}: {done.stderr}")
    return [Output(**output) for output in json.loads(done.stdout)]


def run_page(page: Path, folder: Path) -> list[Output]:
    """Run the code and the checks of a page in this process."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    outputs = list[Output]()
    pictures = iter(images(page))
    for cell in cells(page):
        if cell.kind == "prose":
            continue
        printed = StringIO()
        with redirect_stdout(printed):
            value = _run_cell(cell, page, namespace)
        if cell.kind == "code":
            outputs.append(_show(printed.getvalue(), value, pictures, folder))
    left = list(pictures)
    if left:
        raise ValueError(f"{page}: expected a chart for each image, got none for {', '.join(left)}")
    return outputs


def _run_cell(cell: Cell, page: Path, namespace: dict[str, Any]) -> Any:
    """Run a cell; the value of its last line, if that is an expression."""
    tree = ast.parse("\n" * (cell.line - 1) + cell.text, str(page))  # so that a traceback names the line of the page
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, str(page), "exec"), namespace)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), str(page), "eval"), namespace)


def _show(text: str, value: Any, pictures: Iterator[str], folder: Path) -> Output:
    """Show what a cell printed and its value; a chart is written under the name of the next image."""
    if value is None:
        return Output(text)
    import altair

    if not isinstance(value, altair.TopLevelMixin):
        return Output(f"{text}{value!r}\n")
    picture = next(pictures, None)
    if picture is None:
        raise ValueError("expected an image below each cell that shows a chart")
    value.save(str(folder / picture), format="svg")
    return Output(text, picture)


if __name__ == "__main__":
    json.dump([asdict(output) for output in run_page(Path(sys.argv[1]), Path(sys.argv[2]))], sys.stdout)
