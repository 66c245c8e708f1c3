"""What is learnt from and scored on where the task is generated: as many batches as the training takes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recurra.data.generated.generated_task import GeneratedTask, Sequences
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.network import ComparedNetwork
from recurra.nn.device import device_of
from recurra.nn.step_mask import step_mask
from recurra.tasks.classification.network import SequenceBatch, unless_full
from recurra.training.validation import evaluating

MONITOR = "valid_to_go"  # the loss on what is scored; while lengths grow, that of the length so far and more to come
_STEPS_AT_ONCE = 1 << 17  # that are scored at once, with padding
_GROWTH = 2  # what a length that is solved is multiplied by, and one that is forgotten divided by
_FORGOTTEN = 0.9  # share of the loss of chance from which on a length counts as forgotten
_FIRST_LENGTH = 10  # steps of the sequences that growing ones begin with
_SHARE_WHILE_GROWING = 10  # one in so many of the sequences to validate on is scored at full length meanwhile


@dataclass
class GeneratedDataModule:
    """The batches of a generated task; an epoch is a number of steps between two evaluations.

    Attributes:
        config: the settings of the training.
        task: what is learnt.
        network: whose `longest` says how long the sequences are by now.
    """

    config: ComparedConfig
    task: GeneratedTask
    network: ComparedNetwork
    unit: str = "sequences"
    warnings: Sequence[str] = ()

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return self.config.steps_per_epoch

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[SequenceBatch | None]:
        """Give the batches of an epoch, which are the same whenever they are asked for."""
        size, seed, steps = self.config.batch_size, self.config.seed, self.config.steps_per_epoch
        for position in range(epoch * steps + start, (epoch + 1) * steps):
            sequences = self.task.batch(size, seed, position, int(self.network.longest))
            share = sequences.select(slice(rank, None, world_size))
            yield to_batch(share) if len(share) else None

    def score(self, network: ComparedNetwork) -> dict[str, float]:
        """Score on the sequences to validate on; where lengths grow, choose those to learn from next."""
        count, longest = self.config.validation_sequences, int(self.network.longest)
        if longest == self.task.length:
            scores = score(network, self.task, self.task.validation(count))
            scores["to_go"] = scores["loss"]
            if self.config.growing:
                self.network.longest.fill_(self._next_length(longest, scores["loss"]))
        else:
            scores = score(network, self.task, self.task.validation(max(1, count // _SHARE_WHILE_GROWING)))
            scores["to_go"] = self._to_go(network, longest)
        scores |= {"length": longest} if self.config.growing else {}
        return {f"valid_{name}": float(value) for name, value in scores.items()}

    def _to_go(self, network: ComparedNetwork, longest: int) -> float:
        """The loss at the length so far, and chance's for each doubling to come; choose the next length by it."""
        shorter = replace(self.task, length=longest, shortest=min(longest, self.task.shortest))
        loss = score(network, shorter, shorter.validation(self.config.validation_sequences))["loss"]
        self.network.longest.fill_(self._next_length(longest, loss))
        return loss + math.log(self.task.length / longest, _GROWTH) * self.task.chance_loss

    def _next_length(self, longest: int, loss: float) -> int:
        """Longer sequences where those so far are solved; shorter ones where what was learnt is forgotten."""
        if loss <= self.task.solved_loss:
            return min(self.task.length, _GROWTH * longest)
        if loss >= _FORGOTTEN * self.task.chance_loss:
            return max(first_length(self.config), longest // _GROWTH)
        return longest


def first_length(config: ComparedConfig) -> int:
    """How long the sequences are that a training begins with."""
    return min(config.length, _FIRST_LENGTH) if config.growing else config.length


def to_batch(sequences: Sequences) -> SequenceBatch:
    """Sequences as tensors."""
    return SequenceBatch(
        torch.from_numpy(sequences.inputs), torch.from_numpy(sequences.lengths), torch.from_numpy(sequences.targets)
    )


@torch.inference_mode()
def score(network: ComparedNetwork, task: GeneratedTask, sequences: Sequences) -> dict[str, float]:
    """Score a network.

    Args:
        network: that was trained on the task.
        task: of which the sequences are.
        sequences: to score on.

    Returns:
        The mean "loss" of an answer; and where answers are classes, the "accuracy", of answers that are not blank.
    """
    losses, correct, answers, counted = 0.0, 0, 0, 0
    rows = max(1, _STEPS_AT_ONCE // sequences.inputs.shape[1])
    with evaluating(network):
        for start in range(0, len(sequences), rows):
            batch = to_batch(sequences.select(slice(start, start + rows))).to(device_of(network))
            logits, targets = answered(network, batch)
            losses += float(network.mean_loss(logits, targets)) * len(targets)
            answers += len(targets)
            if task.classes:
                is_counted = targets != (-1 if task.blank is None else task.blank)
                chosen = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
                correct += int(((chosen == targets) & is_counted).sum())
                counted += int(is_counted.sum())
    accuracy = {"accuracy": correct / counted} if task.classes else {}
    return {"loss": losses / answers} | accuracy


def answered(network: ComparedNetwork, batch: SequenceBatch) -> tuple[Tensor, Tensor]:
    """The logits of all answers of a batch, (N, outputs), and their targets, (N, ...)."""
    steps = batch.inputs.shape[1]
    logits, _ = network(batch.inputs, unless_full(batch.lengths, steps))
    if not network.answers.per_step:
        return logits, batch.targets
    mask = step_mask(batch.lengths, steps)  # (B, T)
    return logits[mask], batch.targets[mask]
