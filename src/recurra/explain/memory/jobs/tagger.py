"""A tagger's memory: how well it labels a word where only the last k words of those up to it are read."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, drawn, last_states, untrained_network
from recurra.nn import CRF
from recurra.nn.device import device_of
from recurra.tasks.tagging.data import EncodedSentences
from recurra.tasks.tagging.network import TaggerNetwork
from recurra.tasks.tagging.task import Tagger
from recurra.training.batch import to_device

_SENTENCES = 300  # at most


def subject_of(task: Tagger, data: Any, part: str | None, answers: int, rng: np.random.Generator) -> Subject:
    """Let a network label words, see `language_model.subject_of`; the words that follow are read all the same.

    Only the scores of the word itself are of a window: the labels around it, which a CRF weighs with them, are judged
    by whole sentences, so that a window that begins within a span rules no label out. Losses are summed over the
    columns.
    """
    network = task._fitted()
    encoded = task.data_module(data, part).train
    rows = [int(row) for row in np.sort(rng.permutation(len(encoded))[:_SENTENCES]) if len(encoded.tokens[row])]
    positions = [(row, step) for row in rows for step in range(len(encoded.tokens[row]))]
    positions = drawn(positions, answers, rng)
    windows = {row: (row, 0) for row, _ in positions}
    scores = dict(zip(windows, _read(network, encoded, list(windows.values())), strict=True))
    log_marginals = {row: _log_marginals(network, of_sentence) for row, of_sentence in scores.items()}

    def losses(chosen: np.ndarray, steps: int | None) -> np.ndarray:
        answer_losses = np.zeros(len(chosen))
        asked = [positions[i] for i in chosen]
        starts = [0 if steps is None else max(0, step + 1 - steps) for _, step in asked]
        window_scores = _read(network, encoded, [(row, start) for (row, _), start in zip(asked, starts, strict=True)])
        for i, (row, step) in enumerate(asked):
            for column, label in enumerate(encoded.labels[row][step].tolist()):
                shift = window_scores[i][column][step - starts[i]] - scores[row][column][step]  # (K,)
                answer_losses[i] -= _log_probability(log_marginals[row][column][step], shift, label)
        return answer_losses

    histories = np.asarray([step + 1 for _, step in positions])
    outcomes = Outcomes(histories, losses(np.arange(len(positions)), None), losses, "nats a word")
    words = encoded.forms.words
    read = [words[encoded.tokens[row]] for row in rows]

    def states(of: Any) -> list[np.ndarray]:
        inputs, lengths = to_device(encoded.inputs(rows), device_of(network))
        return last_states(of, lambda: of(inputs, lengths), of.recurrence)

    return Subject(network, outcomes, read, states, lambda: untrained_network(task), "word")


def _log_probability(log_marginals: Tensor, shift: Tensor, label: int) -> float:
    """Of a label of one word, whose scores (K,) are shifted while those of all other words stay as they are."""
    return float((log_marginals + shift).log_softmax(-1)[label])


@torch.no_grad()
def _read(network: TaggerNetwork, encoded: EncodedSentences, windows: list[tuple[int, int]]) -> list[list[Tensor]]:
    """Of sentences from some word on the scores of each column's labels, (T, K)."""
    cut = EncodedSentences(
        [encoded.tokens[row][start:] for row, start in windows],
        [encoded.labels[row][start:] for row, start in windows],
        encoded.forms,
        [encoded.states[row][start:] for row, start in windows] if len(encoded.states) else (),
    )
    inputs, lengths = to_device(cut.inputs(list(range(len(windows)))), device_of(network))
    emissions, _ = network(inputs, lengths)  # of each column (B, T, K)
    return [[scores[i, :length].double() for scores in emissions] for i, length in enumerate(lengths.tolist())]


@torch.no_grad()
def _log_marginals(network: TaggerNetwork, scores: list[Tensor]) -> list[Tensor]:
    """Logarithms of the probability of each label at each word of a sentence, (T, K) of each column."""
    by_column = []
    for crf, of_column in zip(network.crfs, scores, strict=True):
        if isinstance(crf, CRF):
            by_column.append(crf.marginals(of_column.float().unsqueeze(0))[0].double().clamp(min=1e-30).log())
        else:
            by_column.append(of_column.log_softmax(-1))
    return by_column
