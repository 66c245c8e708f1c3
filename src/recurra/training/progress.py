"""What a person sees while a network learns: a bar on a terminal, plain lines elsewhere, and always train.log."""

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from recurra.data.files.control_characters import visible

_LINE_SECONDS = 10.0  # between plain lines
_MEMORY = 0.98  # of the shown losses


_NAMES = {"f1": "F1", "bleu": "BLEU", "chrf": "chrF", "mae": "MAE", "r2": "R2"}


class _Console(Console):
    """A console whose reader or terminal may go away; rich would end the program."""

    def on_broken_pipe(self) -> None:
        """Fall silent; train.log still has every line."""
        self.quiet = True


class Reporter:
    """Reports one training.

    Args:
        total_steps: of the whole training.
        unit: what is counted for the speed, for instance "tokens".
        log: file that receives every line, or None.
        show: whether to write to standard error at all.
    """

    def __init__(self, total_steps: int, unit: str, log: Path | None, show: bool = True):
        self.console = _Console(stderr=True, quiet=not show, highlight=False)
        self.total, self.unit, self.log = total_steps, unit, log
        self.losses: dict[str, float] = {}  # smoothed over the steps
        self.count, self.began, self.last_line = 0, time.monotonic(), time.monotonic()
        self.first_step: int | None = None
        self.reported: set[str] = set()
        self.score = ""  # the one of the last evaluation that people read first
        self.bar: Progress | None = None
        self.bar_id = TaskID(0)
        if show and sys.stderr.isatty():
            columns = (TextColumn("{task.fields[loss]}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
            speed = TextColumn("{task.fields[speed]}")
            self.bar = Progress(*columns, speed, TimeRemainingColumn(), console=self.console, transient=True)
            self.bar_id = self.bar.add_task("training", total=total_steps, loss="loss", speed="")
            self.bar.start()

    def step(self, step: int, losses: Mapping[str, float], count: int) -> None:
        """Take in one finished step.

        Args:
            step: its number, from 1.
            losses: by name.
            count: how much was learnt from, in `unit`.
        """
        if self.first_step is None:
            self.first_step = step - 1
        for name, loss in losses.items():
            smoothed = self.losses.get(name, loss)
            self.losses[name] = _MEMORY * smoothed + (1 - _MEMORY) * loss
        self.count += count
        now = time.monotonic()
        if self.bar:
            self.bar.update(self.bar_id, completed=step, loss=self._shown_losses(), speed=self._speed(now))
        elif now - self.last_line >= _LINE_SECONDS:
            self.last_line = now
            left = (now - self.began) / (step - self.first_step) * (self.total - step)
            speed = self._speed(now)
            self.line(f"step {step}/{self.total}  {self._shown_losses()}  {speed}  {_clock(left)} left")

    def forget_losses(self) -> None:
        """Show no loss any more that came before: another phase begins."""
        self.losses.clear()

    def _shown_losses(self) -> str:
        shown = [f"{name.replace('_', ' ')} {loss:.4f}" for name, loss in self.losses.items()]
        return f"{', '.join(shown)}{self.score}"

    def _speed(self, now: float) -> str:
        return f"{self.count / max(now - self.began, 1e-9):,.0f} {self.unit}/s"

    def evaluation(self, record: dict[str, Any], best: bool) -> None:
        """Report an evaluation: the training loss, and the scores of the validation part that people read."""
        line = f"epoch {record['epoch']}  step {record['step']}/{self.total}  training {_training_losses(record)}"
        scores = {name: f"{name} {value:{_form(value)}}" for name, value in readable(record).items()}
        if scores:
            line += f"  validation {', '.join(scores.values())}"
            self.score = "  " + next((shown for name, shown in scores.items() if name != "loss"), scores[min(scores)])
        self.line(f"{line}{'  (best)' if best else ''}")

    def line(self, text: str) -> None:
        """Write a line to the terminal and to the log; a log that cannot be written ends no training."""
        text = visible(text)  # it may quote data
        try:
            self.console.print(text, soft_wrap=True, markup=False)
        except OSError:  # the terminal was closed
            self.console.quiet = True
        if self.log:
            try:
                with self.log.open("a", encoding="utf-8") as file:
                    file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")
            except OSError as error:
                name, self.log = self.log.name, None
                self.line(f"{name}: not written any more, the training goes on: {error.strerror}")

    def once(self, text: str) -> None:
        """Write a line, but not a second time."""
        if text not in self.reported:
            self.reported.add(text)
            self.line(text)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar:
            with suppress(OSError):  # the terminal was closed
                self.bar.stop()


def readable(record: dict[str, Any]) -> dict[str, float]:
    """The scores of an evaluation under the names that people use: no error rates, and no nats beside a perplexity."""
    scores = {name.removeprefix("valid_"): value for name, value in record.items() if name.startswith("valid_")}
    shown = {name: value for name, value in scores.items() if name != "error" and "nats" not in name}
    return {" ".join(_NAMES.get(word, word) for word in name.split("_")): value for name, value in shown.items()}


def _training_losses(record: dict[str, Any]) -> str:
    """The losses of an evaluation's record, such as "loss 0.6931"."""
    losses = {name.removeprefix("train_"): value for name, value in record.items() if name.startswith("train_")}
    return ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in losses.items())


def _form(value: float) -> str:
    return ".2f" if abs(value) >= 10 else ".4f"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
