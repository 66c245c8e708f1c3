"""Probabilities of spans under a linear-chain CRF: any number of them from one pass forward and one backward.

A span is some neighbouring steps of a sequence with their labels; all labels around it are free. Sums are in double,
and where scores are far apart of logarithms, so that no digits are lost.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from recurra.kernels import compiled, crf
from recurra.kernels.crf_reference import Potentials

Step = Callable[[Tensor], Tensor]  # from the log-sums of the labels of a step, (B, K), to those of the next
StepOver = Callable[[Tensor], Step]  # made for the transitions

_LEAST = -460.0  # log of what a step's sum must keep of its largest terms: what double lost is then 1e-100 of it


def span_log_probs(
    scores: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    lengths: Tensor,
    spans: Tensor,
    labels: Tensor,
) -> Tensor:
    """Logarithm of the probability of each span; not differentiable.

    Args:
        scores, transitions, start, end, lengths: as of `crf.log_partition`.
        spans: sequence, first step and the step after the last of each, (N, 3), int64; within the lengths.
        labels: those of all spans, one span after the other, (M,), int64.

    Returns:
        (N,), float64; -inf where a span is not allowed.
    """
    potentials = Potentials(scores.detach(), transitions.detach(), start.detach(), end.detach())
    if crf.is_served(potentials, lengths) and spans.is_cpu and len(spans):
        return _on_kernels(potentials, lengths, spans, labels)
    return in_plain_torch(potentials, lengths, spans, labels)


def _on_kernels(potentials: Potentials, lengths: Tensor, spans: Tensor, labels: Tensor) -> Tensor:
    shape = list(potentials.scores.shape)
    inputs = [t.contiguous() for t in (*potentials, lengths)]  # held here, as long as the kernel reads them
    labels = labels.contiguous()
    sequence, order = spans[:, 0].sort(stable=True)
    first, stop = spans[:, 1], spans[:, 2]
    ends = (stop - first).cumsum(0)  # (N,) where the labels of each end
    first, stop, ends = (column[order].contiguous() for column in (first, stop, ends))
    begins = ends - (stop - first)
    of_sequence = torch.searchsorted(sequence, torch.arange(shape[0] + 1))  # (B + 1,) the first span of each
    log_probs = torch.empty(len(spans), dtype=torch.float64)
    tensors = compiled.data_pointers([*inputs, None, of_sequence, first, stop, begins, labels, log_probs])
    compiled.extension.crf_spans(shape, len(spans), len(labels), tensors, torch.get_num_threads())
    return torch.empty_like(log_probs).index_copy_(0, order, log_probs)


def in_plain_torch(potentials: Potentials, lengths: Tensor, spans: Tensor, labels: Tensor) -> Tensor:
    """The same on any device, in any type."""
    potentials = Potentials(*(t.double() for t in potentials))
    mask = torch.arange(potentials.scores.shape[1], device=lengths.device) < lengths.unsqueeze(-1)  # (B, T)
    potentials = potentials._replace(scores=potentials.scores.masked_fill(~mask.unsqueeze(-1), 0.0))
    alphas, betas = _sums(potentials, lengths, _by_product)
    # of each step the sum of its largest terms, brought to 1 on either side, (T, B)
    remaining = (alphas - alphas.amax(-1, keepdim=True) + betas - betas.amax(-1, keepdim=True)).logsumexp(-1)
    log_probs = _of_spans(potentials, spans, labels, alphas, betas)
    if bool((remaining.mT[mask] > _LEAST).all()) and bool((log_probs > -torch.inf).all()):
        return log_probs
    alphas, betas = _sums(potentials, lengths, _by_logarithms)
    return _of_spans(potentials, spans, labels, alphas, betas)


def _of_spans(potentials: Potentials, spans: Tensor, labels: Tensor, alphas: Tensor, betas: Tensor) -> Tensor:
    """The sum over all ways through each span, less the sum over all ways; alphas and betas as of `_sums`."""
    sequence, first, stop = spans.unbind(1)
    last = (stop - first).cumsum(0) - 1  # where the last label of each span stands in `labels`
    span = torch.repeat_interleave(stop - first)  # (M,) the span that a label is of
    step = torch.arange(len(labels), device=labels.device) - last[span] + stop[span] - 1  # (M,)
    terms = potentials.scores[sequence[span], step, labels]  # (M,)
    terms[1:] += potentials.transitions[labels[:-1], labels[1:]]
    begins = step == first[span]
    terms[begins] = alphas[first, sequence, labels[begins]]  # all ways to the first label
    through = terms.new_zeros(len(spans)).index_add_(0, span, terms) + betas[stop - 1, sequence, labels[last]]
    log_z = (alphas[0] + betas[0]).logsumexp(-1)[sequence]
    return torch.where(through == -torch.inf, through, through - log_z)


def _sums(potentials: Potentials, lengths: Tensor, step_over: StepOver) -> tuple[Tensor, Tensor]:
    """Logarithms of the sums over all ways to each label, with the score of its step, and over all ways on from it.

    Returns:
        Two tensors (T, B, K), not to be read beyond the lengths.
    """
    scores, transitions, start, end = potentials
    steps = scores.shape[1]
    forward, backward = step_over(transitions), step_over(transitions.t())
    alphas = [start + scores[:, 0]]  # (B, K)
    for t in range(1, steps):
        alphas.append(forward(alphas[-1]) + scores[:, t])
    betas = [end.expand_as(scores[:, 0])]
    for t in range(steps - 1, 0, -1):
        before = backward(betas[-1] + scores[:, t])
        betas.append(torch.where((t < lengths).unsqueeze(-1), before, end))
    betas.reverse()
    return torch.stack(alphas), torch.stack(betas)


def _by_logarithms(transitions: Tensor) -> Step:
    """Sum exactly, whatever the range of the scores."""
    return lambda before: (before.unsqueeze(-1) + transitions).logsumexp(1)


def _by_product(transitions: Tensor) -> Step:
    """Sum by a product of a vector and a matrix: faster, but terms below 1e-308 of a step's largest are lost."""
    lowest = torch.finfo(transitions.dtype).min  # in place of -inf, which cannot be subtracted
    largest = transitions.amax().clamp(min=lowest)
    exponentials = (transitions - largest).exp()

    def step(before: Tensor) -> Tensor:
        most = before.amax(-1, keepdim=True).clamp(min=lowest)
        return ((before - most).exp() @ exponentials).log() + (most + largest)

    return step
