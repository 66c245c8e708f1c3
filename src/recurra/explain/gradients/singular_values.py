"""Singular values of the Jacobian of the state, which say how much one step can stretch a gradient or shrink it.

Source: Pascanu et al., 2013, "On the difficulty of training recurrent neural networks".
"""

import math

import torch
from torch import Tensor

from recurra.explain.gradients.layer_gradients import SingularValues
from recurra.explain.unrolled import UnrolledDirection
from recurra.training import threads

MOST_STATES = 1024  # numbers of a state; of larger ones the singular values take longer than a training step
_FEWEST, _MOST = 2, 6  # Jacobians along a sequence
_WORK = 4 * 128**3  # of 4 Jacobians of 128 numbers of state


def singular_values(direction: UnrolledDirection) -> SingularValues | None:
    """Measure at evenly spaced steps of the longest sequence; None where the state is too large, or not finite."""
    numbers = sum(math.prod(value.shape[1:]) for value in direction.initial.values())
    if numbers > MOST_STATES:
        return None
    sequence = 0 if direction.lengths is None else int(direction.lengths.argmax())
    length = len(direction.x) if direction.lengths is None else int(direction.lengths[sequence])
    steps = evenly_spaced(length, count_of_jacobians(numbers))
    spectrum = spectra(direction.jacobians(steps, sequence))
    if spectrum is None:
        return None
    if direction.reverse:
        return SingularValues([length - 1 - step for step in reversed(steps)], *(values[::-1] for values in spectrum))
    return SingularValues(steps, *spectrum)


def evenly_spaced(length: int, most: int) -> list[int]:
    """At most so many steps of a sequence of `length`, from the first to the last."""
    return sorted({round(step) for step in torch.linspace(0, length - 1, min(most, length)).tolist()})


def count_of_jacobians(numbers: int) -> int:
    """How many Jacobians are taken along a sequence, fewer for larger states of so many numbers."""
    return max(_FEWEST, min(_MOST, _WORK // numbers**3))


def spectra(matrices: Tensor) -> tuple[list[float], list[float], list[float]] | None:
    """Largest, median and smallest singular value of each matrix, (N, S, S); None where a number is not finite."""
    if not torch.isfinite(matrices).all():
        return None
    values = _svdvals(matrices)  # (N, S), from the largest to the smallest
    return values[:, 0].tolist(), values.median(1).values.tolist(), values[:, -1].tolist()


@threads.put_back
def _svdvals(matrices: Tensor) -> Tensor:
    """On one thread: it is thousands of products with vectors, at each of which several would wait for each other."""
    threads.use(1)
    values: Tensor = torch.linalg.svdvals(matrices)
    return values
