"""Linear-chain conditional random fields: the sum over all label sequences, and the best ones, on the kernels."""

from typing import Any

import torch
from torch import Tensor

from recurra.kernels import chain_reference, compiled


def total(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor | None = None
) -> Tensor:
    """Sum over all sequences of labels, or weigh one sequence against that sum.

    On the compiled kernels in float32 on the CPU, else in plain torch. Differentiable as often as asked for, from the
    second time on in plain torch; the gradient of log Z by `scores` is the probability of each label at each step.

    Args:
        scores: of each label at each step, (B, T, K); what lies beyond a length is not read.
        transitions: from the label of the row to that of the column, (K, K); -inf forbids.
        start, end: of the first and the last label, (K,).
        lengths: real steps, (B,), from 1 to T.
        labels: None, or one sequence each, (B, T), int64.

    Returns:
        (B,): log Z, the logarithm of the sum of exp(score) over all sequences; or with `labels` their log-probability,
        -inf where these are not possible. Of the type of `scores`; the sums behind it are in float64.
    """
    if not serves([scores, transitions, start, end], lengths, labels):
        return chain_reference.total(scores, transitions, start, end, lengths, labels)
    value: Tensor = _Total.apply(scores, transitions, start, end, lengths, labels)
    return value


def best(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Find the best sequences of labels (Viterbi, 1967; the n best as Foreman, 1993).

    Args:
        scores, transitions, start, end, lengths: as of `total`.
        count: how many, n.

    Returns:
        Labels (B, n, T), 0 beyond a length, and their scores (B, n), float64, the best first; where there are fewer
        sequences than asked for, scores of -inf.
    """
    given = [t.detach() for t in (scores, transitions, start, end)]
    if not serves(given, lengths, None):
        return chain_reference.best(given[0], given[1], given[2], given[3], lengths, count)
    own = [t.contiguous() for t in (*given, lengths)]
    labels = lengths.new_zeros(len(scores), count, scores.shape[1])
    found = scores.new_empty(len(scores), count, dtype=torch.float64)
    tensors = compiled.addresses([*own, None, labels, found])
    compiled.extension().chain_best(list(scores.shape), count, tensors, torch.get_num_threads())
    return labels, found


def log_z(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """Log Z of each sequence, (B,), as of `total`, but float64 and not differentiable: for differences of such sums."""
    given = [t.detach() for t in (scores, transitions, start, end)]
    if not serves(given, lengths, None):
        return chain_reference.total(*(chain_reference.wide(t) for t in given), lengths)  # type: ignore[call-arg]
    own = [t.contiguous() for t in (*given, lengths)]
    value = scores.new_empty(len(scores), dtype=torch.float64)
    tensors = compiled.addresses([*own, None, value])
    compiled.extension().chain_exact(list(scores.shape), tensors, torch.get_num_threads())
    return value


def serves(given: list[Tensor], lengths: Tensor, labels: Tensor | None) -> bool:
    """Whether the kernels can read these: shapes that fit together, nothing empty."""
    scores, *weights = given
    count = scores.shape[-1]
    return (
        not compiled.traced(scores)
        and compiled.serves(*given)
        and scores.dim() == 3
        and scores.numel() > 0
        and [tuple(t.shape) for t in weights] == [(count, count), (count,), (count,)]
        and lengths.shape == scores.shape[:1]
        and (labels is None or labels.shape == scores.shape[:2])
        and all(t is None or (t.dtype is torch.int64 and t.is_cpu) for t in (lengths, labels))
    )


def marginals(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """The probability of each label at each step, (B, T, K), 0 beyond a length; arguments as of `total`.

    Not differentiable; it works in inference mode too.
    """
    given = [t.detach() for t in (scores, transitions, start, end)]
    if serves(given, lengths, None):
        own = [t.contiguous() for t in (*given, lengths)]
        _, kept = _forward(own, None)
        return _backward(own, None, scores.new_ones(len(scores)), kept)[0]
    with torch.inference_mode(False), torch.enable_grad():
        leaf, *rest = (t.clone() for t in (*given, lengths))
        value = chain_reference.total(leaf.requires_grad_(), *rest)
        return torch.autograd.grad(value.sum(), leaf)[0]


# --- the kernels ------------------------------------------------------------------------------------------------------


def _forward(given: list[Tensor], labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """The value (B,), and what `_backward` needs; of contiguous tensors."""
    kernels, scores = compiled.extension(), given[0]
    kept = compiled.room_as(scores, kernels.chain_kept(list(scores.shape)))
    value = scores.new_empty(len(scores), dtype=torch.float64)
    tensors = compiled.addresses([*given, labels, value, kept])
    kernels.chain_forward(list(scores.shape), tensors, torch.get_num_threads())
    return value.to(scores.dtype), kept


def _backward(given: list[Tensor], labels: Tensor | None, factor: Tensor, kept: Tensor) -> list[Tensor]:
    """The gradients of scores, transitions, start and end."""
    scores, *rest = given[:4]
    factor = compiled.in_memory(factor)  # held here, as long as the kernel reads it
    grads = [compiled.room_as(scores, *scores.shape), *(torch.empty_like(t) for t in rest)]
    tensors = compiled.addresses([*given, labels, factor, kept, *grads])
    compiled.extension().chain_backward(list(scores.shape), tensors, torch.get_num_threads())
    return grads


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Tensor:
        given = [t.contiguous() for t in tensors[:5]]
        labels = None if tensors[5] is None else tensors[5].contiguous()
        value, kept = _forward(given, labels)
        ctx.save_for_backward(*given, kept, *([] if labels is None else [labels]))
        return value

    @staticmethod
    def backward(ctx: Any, factor: Tensor) -> tuple[Tensor | None, ...]:
        *given, kept = ctx.saved_tensors[:6]
        labels = ctx.saved_tensors[6] if len(ctx.saved_tensors) > 6 else None
        grads: Any
        if torch.is_grad_enabled() or compiled.transformed(factor):  # to be differentiated again, or for a batch
            grads = _in_plain_torch(given, labels, factor)
        else:
            grads = _backward(given, labels, factor, kept)
        asked = zip(grads, ctx.needs_input_grad, strict=False)
        return *(grad if needed else None for grad, needed in asked), None, None


def _in_plain_torch(given: list[Tensor], labels: Tensor | None, factor: Tensor) -> list[Tensor | None]:
    """The same gradients, to be differentiated again."""
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        given = [*compiled.apart(given[:4]), *given[4:]]
        value = chain_reference.total(*given, labels)  # type: ignore[call-arg]
    wanted = [t for t in given[:4] if t.requires_grad]
    found = iter(torch.autograd.grad(value, wanted, factor, create_graph=again, allow_unused=True))
    return [next(found) if t.requires_grad else None for t in given[:4]]
