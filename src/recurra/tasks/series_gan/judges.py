"""TimeGAN's two scores of made series: can a judge tell them from real ones, and learn from them what holds of these.

Both (Yoon et al., 2019) follow its public code, https://github.com/jsyoon0823/TimeGAN, in all that a score depends on:
units, iterations, batches, optimizer, starting weights, division of the data. Judges of several seeds are trained side
by side (`judge_group`).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.nn.step_mask import step_mask
from recurra.tasks.series_gan.judge_group import JudgeGroup, WindowDraws, groups_of, keras_start, tensorflow1_start
from recurra.tasks.series_gan.windows import Windows, as_long
from recurra.training.eager_optimizer import eager

LEARNT_FROM = 0.8  # share of the series that a discriminative judge learns from
_AT_ONCE = 1024  # series that are scored


def discriminative_scores(real: Windows, made: Windows, seeds: Sequence[int], iterations: int = 2000) -> list[float]:
    """Score how well a GRU of F / 2 units tells made series from real ones: |accuracy - 0.5|, 0 where it cannot.

    Args:
        real, made: series whose features lie between 0 and 1.
        seeds: of the division, the weights and the batches, one a judge.
        iterations: steps of Adam, 2,000 in TimeGAN.

    Returns:
        A score for each seed, from 0 to 0.5.
    """
    real, made = as_long(real, made)
    scores = []
    for group in groups_of(seeds, _units(real)):
        scores += _discriminative_scores(real, made, group, iterations)
    return scores


def _discriminative_scores(real: Windows, made: Windows, seeds: Sequence[int], iterations: int) -> list[float]:
    generators = [np.random.default_rng(seed) for seed in seeds]
    judges = JudgeGroup(real.features, _units(real), seeds, keras_start)
    draws, judged = list[WindowDraws](), list[tuple[Tensor, Tensor]]()
    for windows in (real, made):
        divisions = [divided(len(windows), LEARNT_FROM, generator) for generator in generators]
        draws.append(WindowDraws(windows, [learnt for learnt, _ in divisions], generators))
        judged.append(draws[-1].take([rest for _, rest in divisions]))

    def loss() -> Tensor:
        (real_x, real_lengths), (made_x, made_lengths) = (part.draw() for part in draws)
        logits = _last(judges(torch.cat([real_x, made_x])), torch.cat([real_lengths, made_lengths]))  # (2 B, S)
        real_logits, made_logits = logits.split([len(real_x), len(made_x)])
        return (real_loss(real_logits) + made_loss(made_logits)).sum()

    _learn(judges, loss, iterations)
    with torch.no_grad():
        of_real, of_made = (_last(judges(x), lengths) for x, lengths in judged)
    correct = torch.cat([of_real > 0, of_made <= 0])  # (N, S)
    accuracies = correct.double().mean(0)
    scores: list[float] = (accuracies - 0.5).abs().tolist()
    return scores


def predictive_scores(
    made: Windows, judged: Sequence[Windows], seeds: Sequence[int], iterations: int = 5000
) -> list[list[float]]:
    """Score how well a GRU of F / 2 units that learnt from made series predicts real ones: its mean absolute error.

    It reads all features but the last and predicts the last one a step ahead, as in TimeGAN; of series of one feature
    it reads that one.

    Args:
        made: series to learn from, whose features lie between 0 and 1.
        judged: sets of real ones to be scored on.
        seeds: of the weights and the batches, one a judge.
        iterations: steps of Adam, 5,000 in TimeGAN.

    Returns:
        For each set a score for each seed.
    """
    made, judged = _with_next(made), [_with_next(windows) for windows in judged]
    scores: list[list[float]] = [[] for _ in judged]
    for group in groups_of(seeds, _units(made)):
        for of_set, of_group in zip(scores, _predictive_scores(made, judged, group, iterations), strict=True):
            of_set += of_group
    return scores


def _predictive_scores(
    made: Windows, judged: Sequence[Windows], seeds: Sequence[int], iterations: int
) -> list[list[float]]:
    read = max(1, made.features - 1)
    judges = JudgeGroup(read, _units(made), seeds, tensorflow1_start)
    everything = [np.arange(len(made))] * len(seeds)
    draws = WindowDraws(made, everything, [np.random.default_rng(seed) for seed in seeds])

    def errors(x: Tensor, lengths: Tensor) -> Tensor:
        """The absolute error at each step, (B, T - 1, S), 0 where the step to be predicted is padding."""
        predicted = torch.sigmoid(judges(x[:, :-1, :, :read]))
        error = (predicted - x[:, 1:, :, -1]).abs()
        return error * step_mask(lengths - 1, x.shape[1] - 1).transpose(1, 2)

    def loss() -> Tensor:
        x, lengths = draws.draw()
        return (errors(x, lengths).sum((0, 1)) / (lengths - 1).sum(0)).sum()

    @torch.no_grad()
    def score(windows: Windows) -> list[float]:
        rows = np.arange(len(windows))
        batches = WindowDraws(windows, [rows] * len(seeds), [])
        means = []
        for start in range(0, len(rows), _AT_ONCE):
            x, lengths = batches.take([rows[start : start + _AT_ONCE]] * len(seeds))
            means.append(errors(x, lengths).sum(1) / (lengths - 1))  # (B, S)
        scores: list[float] = torch.cat(means).double().mean(0).tolist()
        return scores

    _learn(judges, loss, iterations)
    return [score(windows) for windows in judged]


def _with_next(windows: Windows) -> Windows:
    """The series of more than one step, of which there is something to predict."""
    return windows.select(windows.lengths > 1)


def _units(windows: Windows) -> int:
    """The units of TimeGAN's judges."""
    return max(1, windows.features // 2)


def divided(count: int, share: float, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Divide the positions of so many series at random; the first part has the share."""
    shuffled = generator.permutation(count)
    first, second = np.split(shuffled, [int(count * share)])
    return first, second


def _last(logits: Tensor, lengths: Tensor) -> Tensor:
    """The logits (B, T, S) after the last step of each series, (B, S)."""
    return logits.gather(1, (lengths - 1)[:, None])[:, 0]


def real_loss(logits: Tensor) -> Tensor:
    """The cross-entropy of the answer "real", the mean over the series, (S,) of (B, S)."""
    return F.softplus(-logits).mean(0)


def made_loss(logits: Tensor) -> Tensor:
    """The cross-entropy of the answer "made", the mean over the series, (S,) of (B, S)."""
    return F.softplus(logits).mean(0)


def _learn(judges: JudgeGroup, loss: Callable[[], Tensor], iterations: int) -> None:
    optimizer = eager(torch.optim.Adam)(judges.parameters(), 1e-3, fused=True)
    for _ in range(iterations):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
