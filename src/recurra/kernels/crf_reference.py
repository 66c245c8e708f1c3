"""Linear-chain conditional random fields in plain torch: any type, any device, any derivative; step by step.

Sums are in float64, since those of long sequences leave no digits of float32 behind the point.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Potentials(NamedTuple):
    """What is added up to the score of a sequence of labels, of which -inf forbids."""

    scores: Tensor  # (B, T, K) of each label at each step
    transitions: Tensor  # (K, K) from the label of the row to that of the column
    start: Tensor  # (K,) of the first label
    end: Tensor  # (K,) of the last label

    def wide(self) -> "Potentials":
        """The same numbers in float64, where the device has it."""
        return Potentials(*(wide(t) for t in self))


def log_partition(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """As `crf.log_partition`."""
    return _log_z(Potentials(scores, transitions, start, end).wide(), lengths).to(scores.dtype)


def log_likelihood(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor
) -> Tensor:
    """As `crf.log_likelihood`."""
    potentials = Potentials(scores, transitions, start, end).wide()
    log_z = _log_z(potentials, lengths)
    log_probs = score(*potentials, lengths, labels) - log_z
    return torch.where(log_z == -torch.inf, log_z, log_probs).to(scores.dtype)  # of what is not possible at all too


def _log_z(potentials: Potentials, lengths: Tensor) -> Tensor:
    scores, transitions, start, end = potentials
    return _log_sum(alphas(scores, transitions, start, lengths)[-1] + end, 1)


def wide(x: Tensor) -> Tensor:
    """The same numbers in float64, where the device has it."""
    return x.float() if x.device.type == "mps" else x.double()


def alphas(scores: Tensor, transitions: Tensor, start: Tensor, lengths: Tensor) -> Tensor:
    """Logarithms of the sums over all ways to each label at each step, (T, B, K); beyond a length the last ones."""
    sums = [start + scores[:, 0]]  # (B, K)
    for t in range(1, scores.shape[1]):
        ways = sums[-1].unsqueeze(-1) + transitions  # (B, from, to)
        following = _log_sum(ways, 1) + scores[:, t]
        alive = (t < lengths).unsqueeze(-1)  # (B, 1)
        sums.append(torch.where(alive, following, sums[-1]))
    return torch.stack(sums)


def score(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
    """Score one sequence of labels (B, T) each: (B,)."""
    mask = torch.arange(scores.shape[1], device=scores.device) < lengths.unsqueeze(-1)  # (B, T)
    labels = labels.masked_fill(~mask, 0)
    of_steps = scores.gather(2, labels.unsqueeze(-1)).squeeze(-1)  # (B, T)
    of_pairs = transitions[labels[:, :-1], labels[:, 1:]]  # (B, T - 1)
    last = labels.gather(1, (lengths - 1).unsqueeze(-1)).squeeze(-1)  # (B,)
    inside = of_steps.masked_fill(~mask, 0.0).sum(1) + of_pairs.masked_fill(~mask[:, 1:], 0.0).sum(1)
    return inside + start[labels[:, 0]] + end[last]


def viterbi_n_best(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """As `crf.viterbi_n_best`."""
    scores, transitions, start, end = Potentials(scores, transitions, start, end).wide()
    batch, steps, labels = scores.shape
    none = scores.new_full((batch, labels, count - 1), -torch.inf)
    best = torch.cat([(start + scores[:, 0]).unsqueeze(-1), none], -1)  # (B, K, n), the best ways to each label
    unmoved = torch.arange(labels * count, device=scores.device).view(labels, count)
    back_pointers = []  # of each step the way before it, as from * n + rank, (B, K, n)
    for t in range(1, steps):
        ways = best.unsqueeze(1) + transitions.t().unsqueeze(-1)  # (B, to, from, n)
        following, origin = _largest(ways.flatten(2), count)  # (B, K, n)
        alive = (t < lengths).view(-1, 1, 1)
        back_pointers.append(torch.where(alive, origin, unmoved))
        best = torch.where(alive, following + scores[:, t].unsqueeze(-1), best)
    best_scores, way = _largest((best + end.unsqueeze(-1)).flatten(1), count)  # (B, n)
    path = [way // count]
    for origin in reversed(back_pointers):
        way = origin.flatten(1).gather(1, way)
        path.append(way // count)
    path.reverse()
    mask = torch.arange(steps, device=scores.device) < lengths.view(-1, 1, 1)  # (B, 1, T)
    return torch.stack(path, -1).masked_fill(~mask, 0), best_scores


def _largest(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The largest of the last dimension and where they are; of equals the first is first."""
    values, index = x.sort(dim=-1, descending=True, stable=True)
    return values[..., :count], index[..., :count]


def _log_sum(x: Tensor, dim: int) -> Tensor:
    """Log of the sum of exponentials; where nothing is possible -inf, whose gradient is 0."""
    possible = (x > -torch.inf).any(dim, keepdim=True) | x.isnan().any(dim, keepdim=True)
    value = torch.where(possible, x, 0.0).logsumexp(dim)
    return torch.where(possible.squeeze(dim), value, -torch.inf)
