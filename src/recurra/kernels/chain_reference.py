"""Linear-chain conditional random fields in plain torch: any type, any device, any derivative; step by step.

Sums are in float64, since those of long sequences leave no digits of float32 behind the point.
"""

import torch
from torch import Tensor


def total(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor | None = None
) -> Tensor:
    """As `chain.total`."""
    dtype = scores.dtype
    scores, transitions, start, end = (wide(t) for t in (scores, transitions, start, end))
    log_z = _log_sum(alphas(scores, transitions, start, lengths)[-1] + end, 1)
    if labels is None:
        return log_z.to(dtype)
    log_probs = score(scores, transitions, start, end, lengths, labels) - log_z
    return torch.where(log_z == -torch.inf, log_z, log_probs).to(dtype)  # of what is not possible at all too


def wide(x: Tensor) -> Tensor:
    """The same numbers in float64, where the device has it."""
    return x.float() if x.device.type == "mps" else x.double()


def alphas(scores: Tensor, transitions: Tensor, start: Tensor, lengths: Tensor) -> Tensor:
    """Logarithms of the sums over all ways to each label at each step, (T, B, K); beyond a length the last ones."""
    found = [start + scores[:, 0]]
    for t in range(1, scores.shape[1]):
        after = _log_sum(found[-1].unsqueeze(-1) + transitions, 1) + scores[:, t]
        found.append(torch.where((t < lengths).unsqueeze(-1), after, found[-1]))
    return torch.stack(found)


def score(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor) -> Tensor:
    """Score one sequence of labels (B, T) each: (B,)."""
    real = torch.arange(scores.shape[1], device=scores.device) < lengths.unsqueeze(-1)
    labels = labels.masked_fill(~real, 0)
    own = scores.gather(2, labels.unsqueeze(-1)).squeeze(-1)
    steps = transitions[labels[:, :-1], labels[:, 1:]]
    last = labels.gather(1, (lengths - 1).unsqueeze(-1)).squeeze(-1)
    inside = own.masked_fill(~real, 0.0).sum(1) + steps.masked_fill(~real[:, 1:], 0.0).sum(1)
    return inside + start[labels[:, 0]] + end[last]


def best(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """As `chain.best`."""
    scores, transitions, start, end = (wide(t) for t in (scores, transitions, start, end))
    batch, steps, labels = scores.shape
    none = scores.new_full((batch, labels, count - 1), -torch.inf)
    ways = torch.cat([(start + scores[:, 0]).unsqueeze(-1), none], -1)  # (B, K, n), the best ways to each label
    before = []
    for t in range(1, steps):
        each = ways.unsqueeze(1) + transitions.t().unsqueeze(-1)  # (B, to, from, n)
        after, index = _top(each.flatten(2), count)
        alive = (t < lengths).view(-1, 1, 1)
        stay = torch.arange(labels * count, device=scores.device).view(labels, count).expand_as(index)
        before.append(torch.where(alive, index, stay))
        ways = torch.where(alive, after + scores[:, t].unsqueeze(-1), ways)
    found, place = _top((ways + end.unsqueeze(-1)).flatten(1), count)
    said = [place // count]
    for index in reversed(before):
        place = index.flatten(1).gather(1, place)
        said.insert(0, place // count)
    real = torch.arange(steps, device=scores.device) < lengths.view(-1, 1, 1)
    return torch.stack(said, -1).masked_fill(~real, 0), found


def _top(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The largest of the last dimension and where they are; of equals the first is first."""
    found, index = x.sort(dim=-1, descending=True, stable=True)
    return found[..., :count], index[..., :count]


def _log_sum(x: Tensor, dim: int) -> Tensor:
    """Log of the sum of exponentials; where nothing is possible -inf, whose gradient is 0."""
    possible = (x > -torch.inf).any(dim, keepdim=True) | x.isnan().any(dim, keepdim=True)
    value = torch.where(possible, x, 0.0).logsumexp(dim)
    return torch.where(possible.squeeze(dim), value, -torch.inf)
