"""A process that explains one run: `python -m recurra.serve.explanations.process`.

Its standard input is a line, an `Order`, and stays open as long as somebody wants the result. What it writes are lines
of JSON: {"part": "memory"} before that part is measured, {"part": null} before the files are made; at last
{"done": true}, {"error": MESSAGE} where the run or its data do not allow it, {"changed": true} where the run has other
weights now, {"unwritten": MESSAGE} where the files cannot be written, or {"fault": TRACEBACK}. It takes what others
leave of the processor, and goes first where memory runs out.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import torch

from recurra import tasks
from recurra.data.files import atomic
from recurra.errors import DataError
from recurra.explain.report import Report, report
from recurra.explain.run_data import data_of
from recurra.serve.explanations.order import Order
from recurra.serve.explanations.paths import without_folders, without_paths
from recurra.serve.real_data import names_of
from recurra.serve.runs import model_hash

THREADS = 2
_NICENESS = 10
_DISPENSABLE = "500"  # of -1000 to 1000: how soon the system ends this process where memory runs out


def main() -> None:
    """Explain the run that standard input names."""
    order = Order.from_line(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_server, daemon=True).start()
    _be_modest()
    answers = _own_output()

    def tell(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=answers, flush=True)

    try:
        if model_hash(Path(order.path)) != order.model_hash:
            return tell({"changed": True})
        tell(_explain(order, tell))
    except Exception:
        tell({"fault": traceback.format_exc()})


def _explain(order: Order, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Explain a run, and give the last message of this process."""
    try:
        names = [order.path, *names_of(data_of(order.path))]
        made = _measured(order, lambda part: tell({"part": part}))
    except DataError as error:
        return {"error": without_paths(str(error))}
    tell({"part": None})
    html, numbers = made.html(), json.dumps(made.numbers(), ensure_ascii=False, allow_nan=False)
    try:
        atomic.write_text(Path(order.html_file), without_folders(html, names))
        atomic.write_text(Path(order.json_file), without_folders(numbers, names))
    except DataError as error:
        return {"unwritten": str(error)}
    return {"done": True}


def _measured(order: Order, announce: Callable[[str], None]) -> Report:
    task, data = tasks.load(order.path), data_of(order.path)
    torch.set_num_threads(min(THREADS, torch.get_num_threads()))
    made = report(task, data, title=order.name, parts=order.parts, announce=announce)
    return replace(made, omitted={part: without_paths(reason) for part, reason in made.omitted.items()})


def _end_with_server() -> None:
    """End when standard input is closed: the server wants no result any more, or is gone."""
    sys.stdin.buffer.read()
    os._exit(1)


def _be_modest() -> None:
    os.setpgid(0, 0)  # Ctrl-C is for the server, which ends this; niceness counts within a session only
    os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_DISPENSABLE)


def _own_output() -> TextIO:
    """What the answers are written to; whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    main()
