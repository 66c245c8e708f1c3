"""Sequences of unequal length in batches, drawn in a new order each epoch; and some of them held out."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor


def order(count: int, seed: int, epoch: int) -> np.ndarray:
    """The order of an epoch; a function of seed and epoch alone, so that a training can be resumed."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def chunks(indices: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Cut positions of examples, (N,), into parts of `size`; the last may be smaller."""
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


def shard(batch: np.ndarray, rank: int, world_size: int) -> np.ndarray:
    """Give a process its share of a batch, which is empty where there are more processes than examples."""
    return batch[rank::world_size]


def epoch_batches(
    count: int, size: int, seed: int, epoch: int, start: int = 0, rank: int = 0, world_size: int = 1
) -> Iterator[np.ndarray]:
    """Give which of `count` examples a process learns from, batch by batch of an epoch, from batch `start` on."""
    for batch in list(chunks(order(count, seed, epoch), size))[start:]:
        yield shard(batch, rank, world_size)


def poisson_batch(count: int, size: int, seed: int, epoch: int, number: int) -> np.ndarray:
    """Draw a batch in which each of `count` examples is with the same probability, for itself.

    Args:
        count: of examples.
        size: of a batch, on average.
        seed, epoch, number: of the batch; it is a function of these.

    Returns:
        The positions of the examples, maybe none.
    """
    drawn = np.random.default_rng([seed, epoch, number]).random(count) < size / count
    return np.flatnonzero(drawn)


def bucketed_batches(lengths: np.ndarray, symbols: int, size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Cut an epoch into batches of pairs of like length, in a new order each epoch, as many in every epoch.

    Args:
        lengths: (N, 2), of both sides.
        symbols: of the longer side, with what pads them, in a batch; a longer pair is a batch alone.
        size: pairs in a batch, at most.
        seed, epoch: of the order.
    """
    shuffled = order(len(lengths), seed, epoch)
    rows = shuffled[np.lexsort((lengths[shuffled, 0], lengths[shuffled, 1]))]  # by the second side, then by the first
    batches: list[np.ndarray] = []
    start, longest = 0, 0
    for end, row in enumerate(rows):
        length = int(lengths[row].max())
        longest = max(longest, length)
        with_this = end + 1 - start  # pairs, if the batch took this one too
        if end > start and (longest * with_this > symbols or with_this > size):
            batches.append(rows[start:end])
            start, longest = end, length
    batches.append(rows[start:])
    return [batches[i] for i in order(len(batches), seed, epoch)]


def longest_first(lengths: Sequence[int], at_once: int, most: int = 1 << 30) -> Iterator[list[int]]:
    """Give the positions of sequences of like length, some at a time, the longest first; none of length 0.

    Args:
        lengths: of all sequences, in steps.
        at_once: steps in a batch at most, with what pads them; a longer sequence is a batch alone.
        most: sequences in a batch at most.
    """
    rows = sorted((i for i, length in enumerate(lengths) if length), key=lambda i: -lengths[i])
    start = 0
    while start < len(rows):
        count = min(most, max(1, at_once // lengths[rows[start]]))
        yield rows[start : start + count]
        start += count


def pad(inputs: Any, indices: np.ndarray) -> tuple[Tensor, Tensor]:
    """Put sequences side by side, with zeros after their ends.

    Args:
        inputs: arrays (T, I) or (T,), as a list of them, or one array (N, T, I), of which only these rows are read.
        indices: the positions of those to take, (B,).

    Returns:
        (B, T, I), float32 where that loses no digits and else float64; or (B, T) int64 where the sequences are symbols;
        and lengths (B,).
    """
    if isinstance(inputs, np.ndarray) or isinstance(getattr(inputs, "array", None), np.ndarray):
        x = np.asarray(inputs[indices])
        return torch.from_numpy(x.astype(_float_type(x.dtype))), torch.full((len(x),), x.shape[1])
    chosen = [inputs[i] for i in indices]
    lengths = [len(x) for x in chosen]
    kind = np.int64 if chosen[0].ndim == 1 else _float_type(*{x.dtype for x in chosen})
    padded = np.zeros((len(chosen), max(lengths), *chosen[0].shape[1:]), kind)
    for row, x in zip(padded, chosen, strict=True):
        row[: len(x)] = x
    return torch.from_numpy(padded), torch.tensor(lengths)


def _float_type(*types: np.dtype) -> Any:
    """The smallest of float32 and float64 that holds numbers of some types with all of their digits."""
    return np.float32 if all(np.can_cast(kind, np.float32) for kind in types) else np.float64


def pad_answers(answers: Sequence[np.ndarray], indices: np.ndarray, steps: int, per_step: bool) -> Tensor:
    """Put encoded answers side by side, with zeros after their ends.

    Args:
        answers: of all examples; see `Answers.encode`.
        indices: the positions of those to take, (B,).
        steps: of the batch, T.
        per_step: whether there is an answer at every step.

    Returns:
        (B, ...), or (B, T, ...) with `per_step`; as of `as_tensor`.
    """
    chosen = [answers[i] for i in indices]
    if not per_step:
        y = np.stack(chosen)
    else:
        y = np.zeros((len(chosen), steps, *chosen[0].shape[1:]), chosen[0].dtype)
        for row, answer in zip(y, chosen, strict=True):
            row[: len(answer)] = answer
    return as_tensor(y)


def as_tensor(y: np.ndarray) -> Tensor:
    """Give classes, int64, as they are, and all else as float32."""
    return torch.from_numpy(y if y.dtype == np.int64 else y.astype(np.float32))


class Selectable(Protocol):
    """Examples of which some can be taken."""

    def __len__(self) -> int: ...

    def select(self, indices: Any) -> Any:
        """Take those at some positions."""
        ...


ExamplesT = TypeVar("ExamplesT", bound=Selectable)


def divided(
    examples: ExamplesT, answers: Sequence[Any] | None, fraction: float, seed: int
) -> tuple[ExamplesT, ExamplesT]:
    """Divide examples into those to learn from and those held out; see `hold_out`."""
    learnt, held_out = hold_out(answers, len(examples), fraction, seed)
    return examples.select(learnt), examples.select(held_out)


def hold_out(answers: Sequence[Any] | None, count: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose examples to learn from, and a share to hold out; of every class alike, where there are classes.

    Args:
        answers: by which to divide; None divides at random.
        count: examples.
        fraction: to hold out.
        seed: of the choice.

    Returns:
        Their positions, each in rising order. At least one is left to learn from, so that of one example none is held
        out.
    """
    shuffled = np.random.default_rng([seed, 1 << 20]).permutation(count)
    if answers is not None:
        shuffled = _classes_in_turn(answers, shuffled)
    held_out = min(max(1, round(count * fraction)), count - 1)
    return np.sort(shuffled[held_out:]), np.sort(shuffled[:held_out])


def _classes_in_turn(answers: Sequence[Any], shuffled: np.ndarray) -> np.ndarray:
    """Put examples in an order of which every beginning has the same share of each class."""
    of_class: dict[Any, list[int]] = {}
    for i in shuffled:
        of_class.setdefault(answers[i], []).append(int(i))
    shares = {}  # of its class that stands before the middle of an example
    for examples in of_class.values():
        for rank, i in enumerate(examples):
            shares[i] = (rank + 0.5) / len(examples)
    return np.asarray(sorted(shares, key=shares.__getitem__))
