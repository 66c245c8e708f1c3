"""A translator's memory: how well it writes a symbol where it reads only the last k of what it has written."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.data import batches
from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, drawn, last_states, untrained_network
from recurra.kernels import linear
from recurra.tasks.translation.data import batch_of
from recurra.tasks.translation.network import TranslationBatch, TranslationNetwork
from recurra.tasks.translation.task import Translator

_PAIRS = 200  # at most
_AT_ONCE = 1 << 13  # symbols that the decoder reads together


def subject_of(task: Translator, data: Any, part: str | None, answers: int, rng: np.random.Generator) -> Subject:
    """Let a network write symbols of translations, see `language_model.subject_of`; the source is read as a whole."""
    network = task._fitted()
    module = task.data_module(data, part)
    rows = np.sort(rng.permutation(len(module.train))[:_PAIRS])
    batch = batch_of(module.train, rows, module.ends).to(network.bias.device)
    lengths = batch.lengths.tolist()
    every = [(pair, step) for pair, length in enumerate(lengths) for step in range(length)]
    positions = np.asarray(drawn(every, answers, rng))  # (N, 2)

    def losses(chosen: np.ndarray, steps: int) -> np.ndarray:
        answer_losses = np.empty(len(chosen))
        pairs, last = positions[chosen].T
        first = np.maximum(0, last + 1 - steps)
        for some in batches.longest_first((last - first + 1).tolist(), _AT_ONCE):
            of_some = (torch.from_numpy(part[some]) for part in (pairs, first, last))
            answer_losses[some] = _losses(network, batch, *of_some)
        return answer_losses

    full = losses(np.arange(len(positions)), max(lengths))
    outcomes = Outcomes(positions[:, 1] + 1, full, losses, "nats a symbol")
    read = [symbols[:length].cpu().numpy() for symbols, length in zip(batch.inputs.target, lengths, strict=True)]

    def states(of: Any) -> list[np.ndarray]:
        of_all = last_states(of, lambda: of(batch.inputs, batch.lengths), of.decoder)
        return [part[:length] for part, length in zip(of_all, lengths, strict=True)]

    return Subject(network, outcomes, read, states, lambda: untrained_network(task), "symbol")


@torch.no_grad()
def _losses(
    network: TranslationNetwork, batch: TranslationBatch, pairs: Tensor, first: Tensor, last: Tensor
) -> np.ndarray:
    """The losses of symbols of some pairs, (M,), where the decoder reads what was written from `first` to `last`."""
    width = int((last - first).max()) + 1
    steps = torch.minimum(first.unsqueeze(1) + torch.arange(width), last.unsqueeze(1))  # (M, k), the last one repeated
    lengths = batch.inputs.source_lengths
    start = network.encode(batch.inputs.source[pairs], None if lengths is None else lengths[pairs])
    features, _, _ = network.decode(batch.inputs.target[pairs.unsqueeze(1), steps], None, start)  # (M, k, E)
    logits = linear(features[torch.arange(len(pairs)), last - first], network.output_weight, network.bias)
    losses: np.ndarray = F.cross_entropy(logits, batch.targets[pairs, last], reduction="none").double().cpu().numpy()
    return losses
