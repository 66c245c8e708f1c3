"""All explanations of a trained network in one report."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from recurra import figures
from recurra.data.files import atomic
from recurra.errors import DataError
from recurra.explain.activations import activations
from recurra.explain.attribution import attribution
from recurra.explain.explanation import Explanation, Picture, json_ready
from recurra.explain.gradients import gradients
from recurra.explain.memory import memory
from recurra.explain.run_data import data_of
from recurra.figures import Section
from recurra.figures.page import page
from recurra.tasks import load
from recurra.training import Task
from recurra.training.sampler import Sampler

PARTS: dict[str, Callable[..., Explanation]] = {
    "gradients": gradients,
    "memory": memory,
    "activations": activations,
    "attribution": attribution,
}
"""What a report can hold, in its order."""


@dataclass(frozen=True)
class Report:
    """What was found out of a trained network.

    Attributes:
        title: which network, on which data.
        parts: the explanations by name.
        omitted: of what could not be measured by name, the reason.
    """

    title: str
    parts: Mapping[str, Explanation]
    omitted: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        verdicts = [part.verdict for part in self.parts.values()]
        reasons = [f"{name}: not measured: {reason}" for name, reason in self.omitted.items()]
        return "\n".join([self.title, *verdicts, *reasons])

    def numbers(self) -> dict[str, Any]:
        """All that was measured, by part, as JSON holds it."""
        parts = {name: {"verdict": part.verdict} | part.numbers() for name, part in self.parts.items()}
        numbers: dict[str, Any] = json_ready({"title": self.title, **parts, "omitted": self.omitted})
        return numbers

    def charts(self) -> dict[str, Any]:
        """All figures, by the names of their part and their own."""
        pictures = self._pictures.items()
        return {f"{name}-{figure}": drawn.chart for name, of_part in pictures for figure, drawn in of_part.items()}

    @cached_property
    def _pictures(self) -> dict[str, dict[str, Picture]]:
        """The pictures of each part, drawn once for the page and the files."""
        return {name: part.figures() for name, part in self.parts.items()}

    def html(self) -> str:
        """The report as a page that needs no network, the verdicts first."""
        reasons = [f"{name}: not measured: {reason}" for name, reason in self.omitted.items()]
        verdicts = [part.verdict for part in self.parts.values()]
        sections = [_section(part, self._pictures[name]) for name, part in self.parts.items()]
        return page(self.title, [Section(lines=[*verdicts, *reasons]), *sections])

    def save(self, path: str | Path) -> None:
        """Write the page; it is whole or not there.

        Raises:
            DataError: it cannot be written.
        """
        atomic.write_text(Path(path), self.html())

    def save_figures(self, folder: str | Path) -> None:
        """Write every figure as SVG and PNG.

        Raises:
            DataError: the folder cannot be written.
        """
        figures.save_each(self.charts(), Path(folder))


def _section(part: Explanation, pictures: Mapping[str, Picture]) -> Section:
    drawn = {name: (picture.chart, picture.sentence) for name, picture in pictures.items()}
    return Section(part.title, part.verdict, part.lines(), figures=drawn)


def report(
    model: Task[Any, Any] | str | Path,
    data: Any = None,
    part: str | None = None,
    *,
    title: str | None = None,
    parts: Collection[str] = tuple(PARTS),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    announce: Callable[[str], None] | None = None,
) -> Report:
    """Explain a trained network: what it remembers, how its gradients fare, what its units follow, what decides.

    Args:
        model: a fitted task, or the folder of a run.
        data: to explain it on, as of its `evaluate`; None takes those of its training, where it is the folder of a run.
        part: of a named data set; None takes "test" where there is one, else "valid".
        title: what the network is called; None takes the name of its folder.
        parts: which explanations, of `PARTS`.
        options: of each part, by its name, such as {"gradients": {"cure": True}}.
        announce: called with the name of each part before it is measured.

    Returns:
        The report. A part that the network or the data do not allow is left out, and the reason told.

    Raises:
        DataError: there is no run, or no data; or there is no part of such a name; or the run makes samples, which
            nothing here explains.
    """
    for name in parts:
        if name not in PARTS:
            raise DataError(f"parts: expected some of {', '.join(PARTS)}, got {name!r}")
    title = title or ("A trained network" if isinstance(model, Task) else str(model))
    if data is None:
        if isinstance(model, Task):
            raise DataError("data: expected data to explain the network on, got None")
        data = data_of(model)
    task = model if isinstance(model, Task) else load(model)
    if isinstance(task, Sampler):
        raise DataError(f"{title}: expected a run that answers, got a {task.name}, which makes samples")
    measured, omitted = {}, {}
    for name in parts:
        if announce is not None:
            announce(name)
        try:
            measured[name] = PARTS[name](task, data, part=part, **(options or {}).get(name, {}))
        except DataError as error:
            omitted[name] = str(error)
    if not measured:
        raise DataError(f"{title}: {next(iter(omitted.values()))}")
    return Report(f"{title} ({task.name})", measured, omitted)
