"""One sequence whose outputs are explained, as a function of the vectors that were read; and the methods run on it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recurra.explain.attribution import methods
from recurra.explain.attribution.result import SequenceAttribution
from recurra.nn.double_backward import twice_differentiable

STEPS_AT_ONCE = 1 << 14
"""Steps of all sequences that a network reads together: what it holds for them is some 100 MB."""


@dataclass(frozen=True)
class Subject:
    """A sequence of S steps with R outputs.

    Attributes:
        inputs: what was read at each step, S texts.
        outputs: what was decided, R texts.
        vectors: what a network reads, (S, I).
        baseline: an input that says nothing, (S, I).
        score: of vectors (N, S, I) and the number of an output for each, (N,), the outputs' scores, (N,).
        has_features: whether the vectors are numbers that a person measured.
    """

    inputs: list[str]
    outputs: list[str]
    vectors: Tensor
    baseline: Tensor
    score: Callable[[Tensor, Tensor], Tensor]
    has_features: bool = False


@dataclass(frozen=True)
class Settings:
    """How outputs are attributed.

    Attributes:
        method: one of `recurra.explain.attribution.result.METHODS`.
        points: of the integral.
        by, window: what is erased together, see `methods.erasure`.
    """

    method: str = "integrated-gradients"
    points: int = 50
    by: str = "step"
    window: int = 1


def explained(subject: Subject, settings: Settings) -> SequenceAttribution:
    """Attribute all outputs of a sequence to its steps."""
    steps = len(subject.vectors)
    rows = torch.arange(len(subject.outputs), device=subject.vectors.device)
    parts = [_of_rows(subject, settings, some) for some in rows.split(max(1, STEPS_AT_ONCE // steps))]
    matrix, values, scores, baseline_scores, gaps = (torch.cat(part) for part in zip(*parts, strict=True))
    compares = settings.method != "connectivity"
    integrates = settings.method == "integrated-gradients"
    return SequenceAttribution(
        subject.inputs,
        subject.outputs,
        matrix=_array(matrix),
        scores=_array(scores),
        baseline_scores=_array(baseline_scores) if compares else None,
        gaps=_array(gaps) if integrates else None,
        values=_array(values) if subject.has_features and compares else None,
    )


def _array(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().cpu().double().numpy()
    return array


def _of_rows(subject: Subject, settings: Settings, rows: Tensor) -> tuple[Tensor, ...]:
    """For some outputs (R,): sums by step (R, S), values (R, S, I), scores, scores of the baseline and gaps, (R,)."""
    shape = len(rows), *subject.vectors.shape
    x, baseline = subject.vectors.expand(shape), subject.baseline.expand(shape)

    def score(vectors: Tensor) -> Tensor:
        return subject.score(vectors, rows.repeat(len(vectors) // len(rows)))

    at_once = max(1, STEPS_AT_ONCE // (len(rows) * len(subject.vectors)))
    values = attributed(score, x, baseline, settings, at_once)
    values = values.masked_fill(x.isnan(), 0.0)  # a number that is missing decides nothing by its size
    sums = values.norm(dim=-1) if settings.method == "connectivity" else values.sum(-1)
    with torch.no_grad(), twice_differentiable(x.device):  # as the gradients were computed
        scores, baseline_scores = score(x), score(baseline)
    return sums, values, scores, baseline_scores, sums.sum(-1) - (scores - baseline_scores)


def attributed(
    score: methods.Score,
    x: Tensor,
    baseline: Tensor,
    settings: Settings,
    at_once: int = 1,
    create_graph: bool = False,
) -> Tensor:
    """Run a method, see `recurra.explain.attribution.methods`; of "connectivity" the gradient itself."""
    if settings.method == "integrated-gradients":
        return methods.integrated_gradients(score, x, baseline, settings.points, at_once, create_graph)
    if settings.method == "gradient-times-input":
        return methods.gradient_times_input(score, x, baseline, create_graph)
    if settings.method == "erasure":
        return methods.erasure(score, x, baseline, settings.by, settings.window, at_once)
    return methods.gradient(score, x, create_graph)
