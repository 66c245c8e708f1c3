"""How gradients flow back through recurrent layers: measured, judged, and what cures them tried."""

from collections.abc import Collection
from typing import Any

from recurra.explain.gradients.explanation import GradientExplanation
from recurra.explain.gradients.measure import measure
from recurra.explain.model_call import Loss, as_network

__all__ = ["GradientExplanation", "gradients"]


def gradients(model: Any, batch: Any, loss: Loss | None = None, *, cells: Collection[Any] = ()) -> GradientExplanation:
    """Measure how gradients flow back through the recurrent layers of a model, and say whether they are healthy.

    The model runs forward and back once on the batch, as it is in training; its results are the same bit for bit, and
    weights, `.grad`, buffers, modes and random numbers are as before. Measured are the norm of the gradient of each
    state by step, layer and direction, and of each parameter; how the gradient of the last step fades with distance,
    with its half-life; singular values of the Jacobian of the state (Pascanu et al., 2013, "On the difficulty of
    training recurrent neural networks"); how much is saturated; and the first step where something is not finite.

    Args:
        model: any torch module with recurrent layers (Recurra's, torch.nn's, or cells that it calls step by step), a
            trained task, or the path of its run.
        batch: what the model takes: a tensor, or its arguments in a tuple or by name in a dictionary; a task's own
            batch. With `loss` also a pair of this and the targets.
        loss: called with what the model gave and, where the batch has any, the targets; gives a scalar. Where it is
            None, a task's network has its own, and any other model is asked for the outputs of its last step,
            projected on a fixed random vector and summed.
        cells: modules of the user's own that the model calls step by step: themselves, their classes or names.

    Returns:
        The explanation: `print` shows its verdict and summary.

    Raises:
        DataError: the batch does not fit the model.
        ValueError: the model has no recurrent layers, is compiled by torch.compile, or has no gradient; or the loss is
            no scalar.
        TypeError: `model` is none of these.
    """
    return measure(as_network(model), batch, loss, cells)
