"""What a compared network is scored on in the end, and the score of knowing nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recurra.data import batches
from recurra.data.generated.generated_task import GeneratedTask
from recurra.errors import DataError
from recurra.explain.compare import generated_data
from recurra.explain.compare.network import ComparedNetwork
from recurra.tasks.classification.data import MONITOR, SequenceDataModule
from recurra.tasks.classification.network import SequenceBatch

_PROFILED = 32  # sequences over which the gradient by distance is averaged


@dataclass(frozen=True)
class HeldOut:
    """What a network is scored on.

    Attributes:
        chance_loss, chance_accuracy: of the best answer that looks at no input; the latter None of numbers.
        solved_loss: below which the task counts as solved; 0 where there is no such bound.
        profiled: some sequences, for `distance_profile`.
        score: gives a network's "loss" and, of classes, "accuracy".
    """

    chance_loss: float
    chance_accuracy: float | None
    solved_loss: float
    profiled: SequenceBatch
    score: Callable[[ComparedNetwork], dict[str, float]]


def of_task(task: GeneratedTask, count: int) -> HeldOut:
    """So many of the sequences of a generated task that are to test on."""
    return HeldOut(
        task.chance_loss,
        task.chance_accuracy,
        task.solved_loss,
        generated_data.to_batch(task.test(_PROFILED)),
        lambda network: generated_data.score(network, task, task.test(count)),
    )


def of_examples(data: Any, network: ComparedNetwork) -> HeldOut:
    """The sequences of a person's own that are held out.

    Args:
        data: a `SequenceDataModule` with some held out.
        network: that is trained on them.

    Raises:
        DataError: several labels are answered at once.
    """
    assert isinstance(data, SequenceDataModule)
    assert data.valid is not None
    answers = network.answers
    if answers.kind == "labels":
        raise DataError("task: expected sequences with one class or number each, got several labels at once")
    targets = answers.concatenate(data.valid.answers)
    if answers.kind == "number":
        chance_loss, chance_accuracy = float(targets.var()), None
    else:
        shares = np.bincount(targets) / len(targets)
        chance_loss = -float((shares[shares > 0] * np.log(shares[shares > 0])).sum())
        chance_accuracy = float(shares.max())
    rows = np.arange(min(_PROFILED, len(data.valid)))
    inputs, lengths = batches.pad(data.valid.inputs, rows)
    padded = batches.pad_answers(data.valid.answers, rows, inputs.shape[1], answers.per_step)

    def score(trained: ComparedNetwork) -> dict[str, float]:
        scores = data.score(trained)
        accuracy = {"accuracy": scores["valid_accuracy"]} if answers.kind == "class" else {}
        return {"loss": scores[MONITOR]} | accuracy

    return HeldOut(chance_loss, chance_accuracy, 0.0, SequenceBatch(inputs, lengths, padded), score)
