"""Which inputs decided a score: three methods, on any function of sequences of vectors.

Each takes a score: a function from vectors (N, T, I) to a number for each sequence, (N,), which must not mix sequences.
What is given back can be differentiated again where it is asked for (`create_graph`), so that a network can be trained
on its own attributions, or an attribution attributed.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from recurra.nn.double_backward import twice_differentiable

Score = Callable[[Tensor], Tensor]


def gradient(score: Score, x: Tensor, create_graph: bool = False) -> Tensor:
    """Compute the gradient of each sequence's score with respect to its vectors.

    Args:
        score: (N, T, I) -> (N,).
        x: vectors, (N, T, I).
        create_graph: whether the gradient can be differentiated again.

    Returns:
        (N, T, I); zeros where the score does not depend on x.
    """
    with torch.enable_grad(), twice_differentiable(x.device):
        leaf = x if create_graph and x.requires_grad else x.detach().requires_grad_()
        total = score(leaf).sum()
        if not total.requires_grad:
            return torch.zeros_like(leaf)
        (slope,) = torch.autograd.grad(total, leaf, create_graph=create_graph, materialize_grads=True)
    return slope


def gradient_times_input(score: Score, x: Tensor, baseline: Tensor, create_graph: bool = False) -> Tensor:
    """Multiply the gradient of a score with the distance of the input from a baseline.

    Source: Shrikumar et al., 2016, "Not just a black box: interpretable deep learning by propagating activation
    differences". It is exact where the score is linear; where it saturates the gradient is near 0 and so is this.

    Args:
        score, x, create_graph: as of `gradient`.
        baseline: what an input that says nothing is like, of the shape of x.

    Returns:
        (N, T, I).
    """
    slope = gradient(score, x, create_graph)
    return slope * (_constant(x, create_graph) - _constant(baseline, create_graph))


def integrated_gradients(
    score: Score, x: Tensor, baseline: Tensor, points: int = 50, at_once: int = 1, create_graph: bool = False
) -> Tensor:
    """Integrate the gradient of a score along the straight line from a baseline to the input.

    Source: Sundararajan, Taly and Yan, 2017, "Axiomatic attribution for deep networks". The sum over a sequence is its
    score less the baseline's (completeness), up to the error of the integral, see `completeness_gap`. The integral is
    a Gauss-Legendre sum, which is exact for polynomials of a degree below twice its points.

    Args:
        score, x, baseline, create_graph: as of `gradient_times_input`.
        points: of the sum.
        at_once: points that one call of the score computes, as N times so many sequences, those of the first point
            first; 1 calls it with the N sequences of x alone.

    Returns:
        (N, T, I).
    """
    x, baseline = _constant(x, create_graph), _constant(baseline, create_graph)
    positions, weights = gauss_legendre(points)
    total = torch.zeros_like(x)
    for first in range(0, points, at_once):
        fractions = x.new_tensor(positions[first : first + at_once]).view(-1, *[1] * x.dim())  # (M, 1, 1, 1)
        shares = x.new_tensor(weights[first : first + at_once]).view(-1, *[1] * x.dim())
        path = baseline + fractions * (x - baseline)  # (M, N, T, I)
        slopes = gradient(score, path.flatten(0, 1), create_graph).unflatten(0, path.shape[:2])
        total = total + (slopes * shares).sum(0)
    return total * (x - baseline)


def gauss_legendre(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Give where between 0 and 1 a Gauss-Legendre sum looks, and how much each counts; the weights sum to 1."""
    positions, weights = np.polynomial.legendre.leggauss(points)
    return (1 + positions) / 2, weights / 2


@torch.no_grad()
def completeness_gap(score: Score, x: Tensor, baseline: Tensor, attribution: Tensor) -> Tensor:
    """Give by how much attributions miss the difference that they should sum to, (N,).

    That is their sum less the score of x, plus the baseline's: captum's convergence delta.
    """
    with twice_differentiable(x.device):  # as the gradients were computed
        due = score(x) - score(baseline)
    return attribution.detach().flatten(1).sum(1) - due


@torch.no_grad()
def erasure(score: Score, x: Tensor, baseline: Tensor, by: str = "step", window: int = 1, at_once: int = 1) -> Tensor:
    """Measure how far a score falls where a part of the input is replaced by the baseline.

    Source: Li, Monroe and Jurafsky, 2016, "Understanding neural networks through representation erasure"; of images:
    occlusion, Zeiler and Fergus, 2014.

    Args:
        score, x, baseline, at_once: as of `integrated_gradients`.
        by: "step", a step with all of its features; "feature", a feature at all steps; "number", each number alone.
        window: steps that are erased together, of "step"; each step then has the mean over the windows that hold it.

    Returns:
        (N, T, I): the fall of the score, shared evenly among the numbers that were erased together.
    """
    full = score(x)  # (N,)
    fall, times = torch.zeros_like(x), torch.zeros_like(x)
    masks = list(_masks(x.shape[1:], by, window))
    for first in range(0, len(masks), at_once):
        erased = torch.stack(masks[first : first + at_once]).to(x.device)  # (M, T, I)
        parts = torch.where(erased.unsqueeze(1), baseline, x)  # (M, N, T, I)
        drops = full - score(parts.flatten(0, 1)).unflatten(0, parts.shape[:2])  # (M, N)
        weight = erased.to(x.dtype)
        share = weight / weight.sum((1, 2), keepdim=True)  # (M, T, I)
        fall += torch.einsum("mn,mti->nti", drops, share)
        times += weight.sum(0)
    return fall / times.clamp(min=1)


def _masks(shape: tuple[int, ...], by: str, window: int) -> Iterator[Tensor]:
    """What is erased together, one mask (T, I) each."""
    steps, features = shape
    if by == "step":
        for first in range(steps - min(window, steps) + 1):
            mask = torch.zeros(steps, features, dtype=torch.bool)
            mask[first : first + window] = True
            yield mask
    elif by == "feature":
        for feature in range(features):
            mask = torch.zeros(steps, features, dtype=torch.bool)
            mask[:, feature] = True
            yield mask
    else:
        for number in range(steps * features):
            mask = torch.zeros(steps * features, dtype=torch.bool)
            mask[number] = True
            yield mask.view(steps, features)


def _constant(x: Tensor, create_graph: bool) -> Tensor:
    """What gradients stop at, but where they are to be differentiated again."""
    return x if create_graph else x.detach()
