"""A language model's memory: how well it predicts a symbol from the last k."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, last_states, untrained_network
from recurra.kernels import linear
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.tasks.language_model.task import LanguageModel

_SYMBOLS = 40_000  # of the text, at most
_STREAMS = 16  # in which it is read side by side, at most
_SHORTEST = 1024  # symbols of a stream, but of a text that is shorter
_PROBED = 6_000  # symbols that the probe looks at


def subject_of(task: LanguageModel, data: Any, part: str | None, answers: int, rng: np.random.Generator) -> Subject:
    """Let a model predict symbols of a text, in its forward direction.

    Args:
        task: the language model.
        data, part: as of its `evaluate`.
        answers: symbols to predict, at most.
        rng: draws which.
    """
    network = task._fitted()
    inputs, targets = _streams(task, data, part)  # (B, T)
    streams, length = inputs.shape
    chosen = np.sort(rng.permutation(streams * length)[:answers])
    stream, step = torch.from_numpy(chosen // length), torch.from_numpy(chosen % length)

    def truncated(rows: np.ndarray, steps: int) -> np.ndarray:
        last = step[rows].unsqueeze(1) + torch.arange(1 - steps, 1)  # (M, k)
        windows = inputs[stream[rows].unsqueeze(1), last]
        h, _ = network.hidden(windows, None)  # (k, M, F)
        return _nats(network, h[-1], targets[stream[rows], step[rows]])

    with torch.no_grad():
        h, _ = network.hidden(inputs, None)  # (T, B, F)
        full = _nats(network, h[step, stream], targets[stream, step])
    probed = inputs[:, : max(1, _PROBED // streams)]

    def states(of: Any) -> list[np.ndarray]:
        return last_states(of, lambda: of.hidden(probed, None))

    outcomes = Outcomes(step.numpy() + 1, full, torch.no_grad()(truncated), "nats a token")
    return Subject(network, outcomes, list(probed.cpu().numpy()), states, lambda: untrained_network(task), "symbol")


def _streams(task: LanguageModel, data: Any, part: str | None) -> tuple[Tensor, Tensor]:
    """The beginning of a text as streams that are read side by side, and the symbols that follow, (B, T) each."""
    corpus, _ = task.corpus(data, part)
    symbols = torch.from_numpy(np.asarray(corpus.numbers()[:_SYMBOLS], np.int64)).to(task._fitted().bias.device)
    streams = max(1, min(_STREAMS, (len(symbols) - 1) // _SHORTEST))
    length = (len(symbols) - 1) // streams
    inputs, targets = symbols[: streams * length], symbols[1 : streams * length + 1]
    return inputs.view(streams, length), targets.view(streams, length)


def _nats(network: LanguageNetwork, h: Tensor, targets: Tensor) -> np.ndarray:
    """Minus the logarithm of the probability of symbols (M,), from what the softmax reads, (M, F)."""
    logits = linear(h, network.output_weight, network.bias)
    nats: np.ndarray = F.cross_entropy(logits, targets, reduction="none").double().cpu().numpy()
    return nats
