"""How gradients flow back through recurrent layers: measured, judged, and what cures them tried."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from recurra.errors import DataError
from recurra.explain.gradients import advice
from recurra.explain.gradients.cured import CuredExplanation
from recurra.explain.gradients.explanation import GradientExplanation
from recurra.explain.gradients.measure import measure
from recurra.explain.gradients.trials import MakeOptimizer, Schooling, try_cures
from recurra.explain.model_call import Loss, as_network, as_task, batches_of, beside
from recurra.nn.device import device_of
from recurra.nn.generators import seeded
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.task import Task

__all__ = ["CuredExplanation", "GradientExplanation", "gradients"]

_MOST_BATCHES = 200  # that are held to learn from


def gradients(
    model: Any,
    batch: Any,
    loss: Loss | None = None,
    *,
    part: str | None = None,
    cells: Collection[Any] = (),
    cure: bool | Sequence[str] = False,
    batches: Iterable[Any] | None = None,
    steps: int = 100,
    optimizer: MakeOptimizer | None = None,
    seed: int = 1,
) -> GradientExplanation:
    """Measure how gradients flow back through the recurrent layers of a model, and say whether they are healthy.

    The model runs forward and back once on the batch, in the mode it is in; its results are the same bit for bit, and
    weights, `.grad`, buffers, modes and random numbers are as before; on a GPU it runs without cuDNN. Measured are the
    norm of the gradient of each state by step, layer and direction, and of each parameter; how the gradient of the last
    step fades with distance, with its half-life; singular values of the Jacobian of the state (Pascanu et al., 2013,
    "On the difficulty of training recurrent neural networks"); how much is saturated; and the first step where
    something is not finite.

    Args:
        model: any torch module with recurrent layers (Recurra's, torch.nn's, or cells that it calls step by step), a
            trained task, or the path of its run.
        batch: what the model takes: a tensor, or its arguments in a tuple or by name in a dictionary. With `loss` a
            tuple of two is a pair of this and the targets. For a task a batch of its own, or data as of its `evaluate`.
        loss: called with what the model gave and, where the batch has any, the targets; gives a scalar. Where it is
            None, a task's network has its own, and any other model is asked for the outputs of its last step,
            projected on a fixed random vector and summed.
        part: of a named data set, for a task; None takes "test" where there is one, else "valid".
        cells: modules of the user's own that the model calls step by step: themselves, their classes or names.
        cure: whether to try what is proposed against the verdict: copies of the model learn for a short while from
            the same start, as it is and with each cure. A sequence of names (of `advice.TEXTS`) tries these.
            Give the model as it is before it learns; of a task a new network is built.
        batches: what the copies learn from, again and again; None takes `batch`, and of a task its data.
        steps: of learning, for each copy.
        optimizer: makes an optimizer for parameters; None takes Adam with a learning rate of 0.002.
        seed: of new weights and of what is drawn at random while the copies learn.

    Returns:
        The explanation: `print` shows its verdict and summary; with `cure` the cures are in it.

    Raises:
        DataError: the batch does not fit the model.
        ValueError: the model has no recurrent layers, is compiled by torch.compile, or has no gradient; the loss is
            no scalar, or missing where cures are to be tried; a cure is not known.
        TypeError: `model` is none of these.
    """
    model = as_task(model)
    network = as_network(model)
    batch_list = batches_of(model, batch, _MOST_BATCHES if cure else 1, part)
    if not batch_list:
        raise DataError("batch: expected data for at least one batch, got none")
    explanation = measure(network, batch_list[0], loss, cells)
    names = _names(cure, explanation)
    if not names:
        return explanation
    if loss is None and not isinstance(network, SupervisedNetwork):
        raise ValueError("cure: expected a loss to learn by, got none")
    if batches is not None:
        batch_list = [beside(model, batch) for batch in islice(batches, _MOST_BATCHES)]
    if isinstance(model, Task):
        with seeded(seed):
            network = model._build().to(device_of(network))
    schooling = Schooling(batch_list, steps, optimizer, seed)
    return CuredExplanation.of(explanation, try_cures(network, batch_list[0], loss, cells, names, schooling))


def _names(cure: bool | Sequence[str], explanation: GradientExplanation) -> list[str]:
    """Names of the cures that are to be tried."""
    if isinstance(cure, bool):
        return explanation.proposals if cure else []
    unknown = [name for name in cure if name not in advice.TEXTS]
    if unknown:
        raise ValueError(f"cure: expected names among {', '.join(advice.TEXTS)}, got {unknown[0]!r}")
    return list(cure)
