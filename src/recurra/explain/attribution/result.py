"""What attributions came to: which inputs decided which outputs, in words, numbers and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from recurra import figures
from recurra.errors import quote
from recurra.explain.attribution.label_paths import LabelPaths
from recurra.explain.explanation import Explanation, Picture, json_ready
from recurra.figures.text_lines import BREAK

METHODS = {
    "integrated-gradients": "integrated gradients",
    "gradient-times-input": "gradient times input",
    "erasure": "the fall of the score where an input is erased",
    "connectivity": "the norm of the gradient",
}
_SHOWN = 5  # sequences, and outputs of each, in the summary
_DRAWN = 3  # sequences in figures
_CELLS = 60  # rows and columns of a heat map at most
_DIGITS = 6  # that count, of numbers in JSON


@dataclass(frozen=True)
class SequenceAttribution:
    """What decided the outputs of one sequence of S steps.

    Attributes:
        inputs: what was read at each step, S texts.
        outputs: what was decided, R texts.
        matrix: how much each step counts for each output, (R, S).
        scores: of the outputs, (R,): before softmax, or numbers.
        baseline_scores: of the same outputs where the input says nothing, (R,); None where nothing is compared.
        gaps: by how much each row of the matrix misses the difference of the two, (R,): the error of the integral.
        values: of inputs that are numbers, how much each counts, (R, S, I); None for symbols.
        input_of: which output each step is, as an input; where outputs follow the text itself. None where they do not.
        attention: where a translator looked, (R, S); None without.
        label_paths: the likeliest sequences of labels; None without a CRF.
        seconds: of a clip when each step is, (S,); None where steps have no time.
        frames: of a clip of images the one at each step, (H, W, C) uint8; none of other clips.
    """

    inputs: list[str]
    outputs: list[str]
    matrix: np.ndarray
    scores: np.ndarray
    baseline_scores: np.ndarray | None = None
    gaps: np.ndarray | None = None
    values: np.ndarray | None = None
    attention: np.ndarray | None = None
    label_paths: list[LabelPaths] = field(default_factory=list)
    seconds: list[float] | None = None
    frames: Sequence[np.ndarray] = ()

    @cached_property
    def steps_of_half(self) -> np.ndarray:
        """How few steps hold half of each row of the matrix, without its signs, (R,); 0 where a row holds nothing."""
        largest_first = -np.sort(-np.abs(self.matrix), 1)
        totals = largest_first.sum(1)
        steps: np.ndarray = (largest_first.cumsum(1) < 0.5 * totals[:, None]).sum(1) + 1
        return np.where(totals > 0, steps, 0)

    def strongest(self, row: int, count: int = 3) -> list[int]:
        """The steps that count most for an output, the strongest first."""
        order: list[int] = np.argsort(-np.abs(self.matrix[row]), kind="stable").tolist()
        return order[:count]

    def numbers(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        measured: dict[str, Any] = {"inputs": self.inputs, "outputs": self.outputs, "matrix": self.matrix}
        measured |= {"scores": self.scores, "baseline_scores": self.baseline_scores, "gaps": self.gaps}
        measured |= {"steps_of_half": self.steps_of_half, "values": self.values, "attention": self.attention}
        if self.label_paths:
            measured["label_paths"] = [paths.numbers() for paths in self.label_paths]
        return {name: json_ready(_rounded(value)) for name, value in measured.items() if value is not None}


def _rounded(value: Any) -> Any:
    """Arrays with the digits that a score in float32 has, so that a matrix of a long text is no page of noise."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    rounded = [float(f"{number:.{_DIGITS}g}") for number in value.ravel()]
    return np.array(rounded).reshape(value.shape)


@dataclass(frozen=True)
class Attribution(Explanation):
    """Which inputs decided which outputs, of one sequence or several.

    Attributes:
        method: one of `METHODS`.
        sequences: one after the other.
        features: names of the numbers at each step, of inputs that are numbers.
        values: how much each input number, or each number of an input's vector, counts: in the shape of what was
            attributed. Of plain modules; it can be differentiated where that was asked for.
        gap: between symbols in a picture: 0 for characters, 1 for words.
        is_causal: whether each output is the input that follows, as of a language model.
    """

    method: str
    sequences: list[SequenceAttribution]
    features: list[str] | None = None
    values: Tensor | None = None
    gap: int = 1
    is_causal: bool = False

    title = "Attribution"

    @property
    def verdict(self) -> str:
        """How few steps decided, and which."""
        halves = np.concatenate([sequence.steps_of_half for sequence in self.sequences])
        first = self.sequences[0]
        if self.is_causal:
            return (
                f"Half of what each symbol depends on lies within the last {self.reach():.3g} symbols "
                f"(median over {len(halves):,})."
            )
        if len(halves) == 1:
            strongest = first.strongest(0)[0]
            return (
                f"Half of what decided {quote(first.outputs[0])} lies in {halves[0]} of {len(first.inputs)} steps, "
                f"most of it in {quote(first.inputs[strongest])}."
            )
        steps = np.mean([len(sequence.inputs) for sequence in self.sequences])
        return (
            f"Half of what decides an output lies in {np.median(halves):.3g} of {steps:.3g} steps "
            f"(median over {len(halves):,} outputs)."
        )

    def reach(self) -> float:
        """How far back half of what an output depends on lies, in steps, as a median over the outputs."""
        reaches = []
        for sequence in self.sequences:
            for row, weights in enumerate(np.abs(sequence.matrix)):
                nearest_first = weights[row::-1].cumsum()  # of steps row, row - 1, ...
                if nearest_first[-1] > 0:
                    reaches.append(int((nearest_first < 0.5 * nearest_first[-1]).sum()) + 1)
        return float(np.median(reaches)) if reaches else 0.0

    def lines(self) -> list[str]:
        """What counted most for each output, and how exact that is."""
        lines = []
        for sequence in self.sequences[:_SHOWN]:
            rows = range(len(sequence.outputs))
            for row in rows[-_SHOWN:] if self.is_causal else rows[:_SHOWN]:
                strongest = sequence.strongest(row)
                parts = [f"{quote(sequence.inputs[i])} {sequence.matrix[row, i]:+.3g}" for i in strongest]
                lines.append(f"{quote(sequence.outputs[row])}: {', '.join(parts)}")
            lines += _lines_of_paths(sequence.label_paths)
        error = self.largest_gap()
        if error is not None:
            lines.append(f"By {METHODS[self.method]}; the sums miss the change of the score by {error:.2g} at most.")
        else:
            lines.append(f"By {METHODS[self.method]}.")
        return lines

    def largest_gap(self) -> float | None:
        """The largest convergence error; None where the method has none."""
        gaps = [np.abs(sequence.gaps).max() for sequence in self.sequences if sequence.gaps is not None]
        return float(max(gaps)) if gaps else None

    def numbers(self) -> dict[str, Any]:
        """All that was measured."""
        measured: dict[str, Any] = {"method": self.method, "convergence_error": self.largest_gap()}
        if self.is_causal:
            measured["half_within_symbols"] = self.reach()
        if self.features is not None:
            measured["features"] = self.features
        numbers: dict[str, Any] = json_ready(measured)
        return numbers | {"sequences": [sequence.numbers() for sequence in self.sequences]}

    def figures(self) -> dict[str, Picture]:
        """A picture or several of each of the first sequences."""
        drawn = dict[str, Picture]()
        for number, sequence in enumerate(self.sequences[:_DRAWN], 1):
            ending = "" if len(self.sequences) == 1 else f"_{number}"
            drawn |= {name + ending: picture for name, picture in self._pictures(sequence).items()}
        return drawn

    def _pictures(self, sequence: SequenceAttribution) -> dict[str, Picture]:
        pictures = dict[str, Picture]()
        if sequence.seconds is not None:
            pictures["attribution"] = _of_clip(sequence, sequence.seconds)
        elif sequence.values is not None:
            pictures["attribution"] = self._of_features(sequence)
        elif len(sequence.outputs) == 1:
            chart = figures.colored_text(sequence.inputs, {"": sequence.matrix[0]}, "Attribution", gap=self.gap)
            pictures["attribution"] = Picture(
                chart, "Blue symbols spoke for the answer, underlined orange ones against."
            )
        else:
            pictures["connectivity"] = self._of_pointer(sequence)
        if 1 < len(sequence.outputs) <= _CELLS and len(sequence.inputs) <= _CELLS:
            pictures["attribution_table"] = Picture(
                figures.heat_map(
                    sequence.matrix, sequence.outputs, sequence.inputs, "Attribution", "output", "input", "attribution"
                ),
                "Each row is an output; its dark cells are the inputs that decided it, a dot marks what spoke against.",
            )
        if sequence.attention is not None:
            chart = figures.attention(sequence.attention, sequence.inputs, sequence.outputs)
            pictures["attention"] = Picture(chart, "Where the decoder looked while it wrote each word.")
        for paths in sequence.label_paths:
            pictures[f"paths_{len(pictures)}"] = _picture_of_paths(paths)
        return pictures

    def _of_features(self, sequence: SequenceAttribution) -> Picture:
        assert sequence.values is not None
        features = self.features or [f"feature {number}" for number in range(sequence.values.shape[-1])]
        values = sequence.values.sum(0).T  # (I, S)
        chart = figures.heat_map(values, features, None, "Attribution", "feature", "step", "attribution")
        return Picture(chart, "Blue cells spoke for the answer, orange ones with a dot against.")

    def _of_pointer(self, sequence: SequenceAttribution) -> Picture:
        """The text itself, where the outputs are its symbols; else the outputs above the inputs."""
        symbols, inputs, outputs = self._symbols(sequence)
        chart = figures.connectivity(symbols, sequence.matrix, inputs, outputs, title="Connectivity", gap=self.gap)
        return Picture(chart, "Point at a symbol: the darker another is, the more it decided about this one.")

    def _symbols(self, sequence: SequenceAttribution) -> tuple[list[str], Sequence[int | None], Sequence[int | None]]:
        """What is drawn, and which input and output each of it is."""
        steps, rows = len(sequence.inputs), len(sequence.outputs)
        if self.is_causal:
            return [*sequence.inputs, sequence.outputs[-1]], [*range(steps), None], [None, *range(rows)]
        both = [*sequence.outputs, BREAK, *sequence.inputs]
        return both, [*[None] * (rows + 1), *range(steps)], [*range(rows), *[None] * (steps + 1)]


def _of_clip(sequence: SequenceAttribution, seconds: list[float]) -> Picture:
    curves = dict(zip(sequence.outputs, sequence.matrix.tolist(), strict=True))
    chart = figures.clip_curves(seconds, curves, sequence.frames, "attribution", "What decided")
    return Picture(chart, "Where the curve is high, what is seen then spoke for the answer; below 0, against it.")


def _lines_of_paths(label_paths: Sequence[LabelPaths]) -> list[str]:
    """The second-best labels, in words."""
    lines = []
    for paths in label_paths:
        if len(paths.labels) < 2:
            continue
        parts = []
        for position in paths.differences[:_SHOWN]:
            first, second = paths.labels[0][position], paths.labels[1][position]
            parts.append(f"{quote(paths.words[position])} {quote(second)} for {quote(first)}")
        lines.append(f"Second-best labels ({quote(paths.column)}), {paths.margin:.3g} nats behind: {', '.join(parts)}")
    return lines


def _picture_of_paths(paths: LabelPaths) -> Picture:
    chart = figures.label_paths(paths.words, paths.labels, [f"{value:.2f}" for value in paths.log_probs])
    return Picture(chart, "The likeliest labels and the next likeliest; cells with a frame are where they differ.")
