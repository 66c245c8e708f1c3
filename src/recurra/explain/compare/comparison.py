"""What a comparison came to: a table, the claims that it shows, and its pictures."""

import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recurra.explain.compare import claims, pictures
from recurra.explain.compare.training_result import TrainingResult
from recurra.explain.explanation import Explanation, Picture, json_ready
from recurra.figures.files import save_each, save_page
from recurra.figures.page import Section, Table


@dataclass(frozen=True)
class Comparison(Explanation):
    """What a comparison came to.

    Attributes:
        task: name of the generated task, or of the data.
        networks: names, in the order in which they were asked for.
        lengths: rising.
        results: of every training.
        metric: the score that is drawn and listed: "squared error", "loss" or "accuracy".
    """

    task: str
    networks: list[str]
    lengths: list[int]
    results: list[TrainingResult]
    metric: str

    title = "Networks compared"

    @property
    def verdict(self) -> str:
        """Which networks solved what, in one sentence."""
        return claims.verdict(self.task, self.networks, self.lengths, self.results)

    def lines(self) -> list[str]:
        """The table, and the claims below it."""
        return ["", *_aligned(self.table()), "", *claims.sentences(self.networks, self.lengths, self.results)]

    def table(self) -> list[list[str]]:
        """A row of names, then one a network: its score at each length, parameters, and time to learn from a batch."""
        header = [
            "network",
            *(f"T={length}" for length in self.lengths),
            "parameters",
            f"ms a step, T={self.lengths[-1]}",
        ]
        chance = ["chance", *(self._chance(length) for length in self.lengths), "", ""]
        return [header, *(self._row(network) for network in self.networks), chance]

    def _row(self, network: str) -> list[str]:
        longest = claims.of(self.results, network, self.lengths[-1])
        parameters = f"{longest[0].parameters:,}" if longest else ""
        milliseconds = f"{1e3 * claims.seconds_per_step(longest):.1f}" if longest else ""
        return [network, *(self._score(network, length) for length in self.lengths), parameters, milliseconds]

    def _score(self, network: str, length: int) -> str:
        """The mean over the seeds, and "diverged" where one did."""
        results = claims.of(self.results, network, length)
        scores = [value for value in (claims.score(result, self.metric) for result in results) if value is not None]
        if not scores:
            return "diverged"
        text = f"{statistics.fmean(scores):.4g}"
        if len(scores) > 1:
            text += f" ±{statistics.stdev(scores):.2g}"
        return text + (" (diverged)" if any(result.diverged for result in results) else "")

    def _chance(self, length: int) -> str:
        result = next(result for result in self.results if result.length == length)
        return f"{claims.chance(result, self.metric):.4g}"

    def numbers(self) -> dict[str, Any]:
        """All that was measured, training by training, and the claims."""
        numbers: dict[str, Any] = json_ready(
            {
                "task": self.task,
                "metric": self.metric,
                "networks": self.networks,
                "lengths": self.lengths,
                "verdict": self.verdict,
                "claims": claims.sentences(self.networks, self.lengths, self.results),
                "trainings": [asdict(result) for result in self.results],
            }
        )
        return numbers

    def figures(self) -> dict[str, Picture]:
        """The pictures by name."""
        return pictures.draw(self.networks, self.lengths, self.results, self.metric)

    def save(self, path: str | Path) -> None:
        """Write a page that needs no network: the verdict, the claims, the table, the pictures; whole, or not there.

        Raises:
            DataError: it cannot be written.
        """
        header, *rows = self.table()
        sentences = claims.sentences(self.networks, self.lengths, self.results)
        pictures = {name: (picture.chart, picture.sentence) for name, picture in self.figures().items()}
        section = Section(self.title, self.verdict, sentences, [Table(header, rows)], pictures)
        save_page(f"{self.task}: {', '.join(self.networks)}", [section], Path(path))

    def save_figures(self, folder: str | Path) -> None:
        """Write every picture as SVG and PNG.

        Raises:
            DataError: the folder cannot be written.
        """
        save_each({name: picture.chart for name, picture in self.figures().items()}, Path(folder))


def _aligned(rows: list[list[str]]) -> list[str]:
    """The rows of a table as lines; the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
