"""A stronger judge than TimeGAN's: it finds what a GRU of three units misses."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from recurra import nn as layers
from recurra.tasks.series_gan.judges import LEARNT_FROM, divided, made_loss, real_loss
from recurra.tasks.series_gan.windows import Windows, as_long
from recurra.training.eager_optimizer import eager

_UNITS = 32  # a direction
_ITERATIONS = 500
_BATCH_SIZE = 128  # of real series, and of made ones
_CHECK_EVERY = 50  # iterations
_PATIENCE = 3  # checks without a better accuracy, after which a judge learns no more
_AT_ONCE = 1024  # series that are scored


class StrongJudge(nn.Module):
    """Two bidirectional layers, read at the end and over all steps, and two layers above.

    Args:
        features: of each step, F.
    """

    def __init__(self, features: int):
        super().__init__()
        self.recurrence = layers.GRU(features, _UNITS, num_layers=2, bidirectional=True, batch_first=True)
        size = 2 * _UNITS
        self.head = nn.Sequential(nn.Linear(2 * size, size), nn.ReLU(), nn.Linear(size, 1))

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Give a logit of each series, (B,), of its steps (B, T, F)."""
        outputs, state = self.recurrence(x, lengths=lengths)  # (B, T, 2 H), (4, B, H)
        count = x.shape[1] if lengths is None else lengths[:, None]
        summary = torch.cat([state[-2], state[-1], outputs.sum(1) / count], -1)  # (B, 4 H)
        logits: Tensor = self.head(summary)[:, 0]
        return logits


def strong_discriminative_scores(
    real: Windows, made: Windows, seeds: Sequence[int], iterations: int = _ITERATIONS
) -> list[float]:
    """Score how well a larger judge tells made series from real ones; as `discriminative_scores`.

    It is kept where it did best on a fifth of the series that it does not learn from, and learns no more when it has
    not become better for a while; the score is measured on another fifth.
    """
    real, made = as_long(real, made)
    return [_score(real, made, seed, iterations) for seed in seeds]


def _score(real: Windows, made: Windows, seed: int, iterations: int) -> float:
    generator = np.random.default_rng(seed)
    parts = [_Part.of(windows, generator) for windows in (real, made)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        judge = StrongJudge(real.features)
    optimizer = eager(torch.optim.Adam)(judge.parameters(), 1e-3, fused=True)
    best, best_weights, checks_since = 0.0, deepcopy(judge.state_dict()), 0
    for iteration in range(1, iterations + 1):
        optimizer.zero_grad()
        _loss(judge, parts, generator).backward()
        optimizer.step()
        if iteration % _CHECK_EVERY and iteration < iterations:
            continue
        accuracy = _accuracy(judge, *(part.checked for part in parts))
        checks_since += 1
        if accuracy > best:
            best, best_weights, checks_since = accuracy, deepcopy(judge.state_dict()), 0
        if best == 1 or checks_since == _PATIENCE:
            break
    judge.load_state_dict(best_weights)
    return abs(_accuracy(judge, *(part.judged for part in parts)) - 0.5)


class _Part:
    """Real or made series, divided: to learn from, to choose the judge by, and to be judged."""

    def __init__(self, learnt: Windows, checked: Windows, judged: Windows):
        self.learnt, self.checked, self.judged = learnt, checked, judged

    @classmethod
    def of(cls, windows: Windows, generator: np.random.Generator) -> "_Part":
        rest, judged = divided(len(windows), LEARNT_FROM, generator)
        learnt, checked = divided(len(rest), 0.75, generator)
        return cls(windows.select(rest[learnt]), windows.select(rest[checked]), windows.select(judged))


def _loss(judge: StrongJudge, parts: Sequence[_Part], generator: np.random.Generator) -> Tensor:
    batches = []
    for part in parts:
        size = min(_BATCH_SIZE, len(part.learnt))
        batches.append(part.learnt.select(generator.choice(len(part.learnt), size, replace=False, shuffle=False)))
    both = Windows.joined(*batches)
    of_real, of_made = judge(*both.tensors()).split([len(batch) for batch in batches])
    return real_loss(of_real) + made_loss(of_made)


@torch.no_grad()
def _accuracy(judge: StrongJudge, real: Windows, made: Windows) -> float:
    """The share of series, real and made, that are told for what they are."""
    correct = 0
    for windows, is_real in ((real, True), (made, False)):
        for start in range(0, len(windows), _AT_ONCE):
            logits = judge(*windows.select(slice(start, start + _AT_ONCE)).tensors())
            correct += int(((logits > 0) == is_real).sum())
    return correct / (len(real) + len(made))
