"""Any torch module: which steps of its input decided its output."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from recurra.explain.attribution.module_input import ModuleInput
from recurra.explain.attribution.module_output import selection
from recurra.explain.attribution.result import Attribution, SequenceAttribution
from recurra.explain.attribution.subject import STEPS_AT_ONCE, Settings, attributed


def attribute_module(
    model: nn.Module,
    inputs: Any,
    target: Any,
    settings: Settings,
    baseline: Tensor | float | None = None,
    batch_first: bool = True,
    create_graph: bool = False,
) -> Attribution:
    """Attribute an output of a module to its first argument; arguments as of `recurra.explain.attribution`.

    Raises:
        ValueError: the input or the output is no sequence that can be explained; says expected and got.
    """
    source = ModuleInput(model, inputs, batch_first)
    x, base = source.vectors, source.like(baseline)
    with torch.no_grad():
        result = source.run(x)
        select, names = selection(result, target, len(x), source.lengths, batch_first, source.unbatched)
        scores, baseline_scores = select(result), select(source.run(base))  # (B,)
    many = source.can_repeat and not callable(target)  # a function may know but the sequences that it was made for
    at_once = max(1, STEPS_AT_ONCE // (x.shape[0] * x.shape[1])) if many else 1
    values = attributed(lambda vectors: select(source.run(vectors)), x, base, settings, at_once, create_graph)
    sums = values.norm(dim=-1) if settings.method == "connectivity" else values.sum(-1)  # (B, T)
    gaps = sums.sum(1) - (scores - baseline_scores)  # (B,)
    sequences = []
    for number in range(len(x)):
        steps, row = source.names(number), slice(number, number + 1)
        of_sequence = SequenceAttribution(
            steps,
            names[row],
            _array(sums[row, : len(steps)]),
            _array(scores[row]),
            _array(baseline_scores[row]) if settings.method != "connectivity" else None,
            _array(gaps[row]) if settings.method == "integrated-gradients" else None,
            _array(values[row, : len(steps)]) if source.layer is None else None,
        )
        sequences.append(of_sequence)
    return Attribution(settings.method, sequences, values=source.in_form(values))


def _array(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().cpu().double().numpy()
    return array
