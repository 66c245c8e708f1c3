"""Linear-chain conditional random fields: the sum over all label sequences, and the best ones, on the kernels.

Everything here runs on the compiled kernels in float32 on the CPU and else in plain torch (crf_reference.py).
"""

import torch
from torch import Tensor

from recurra.kernels import compiled, crf_reference
from recurra.kernels.autograd_function import Context, Function
from recurra.kernels.crf_reference import Potentials


def log_partition(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """Log Z of each sequence: the logarithm of the sum of exp(score) over all sequences of labels.

    Differentiable as often as asked for, from the second time on in plain torch; the gradient by `scores` is the
    probability of each label at each step.

    Args:
        scores: of each label at each step, (B, T, K); what lies beyond a length is not read.
        transitions: from the label of the row to that of the column, (K, K); -inf forbids.
        start, end: of the first and the last label, (K,).
        lengths: real steps, (B,), int64, from 1 to T.

    Returns:
        (B,), of the type of `scores`; the sums behind it are in float64.
    """
    potentials = Potentials(scores, transitions, start, end)
    if not is_served(potentials, lengths):
        return crf_reference.log_partition(*potentials, lengths)
    log_z: Tensor = _LogSum.apply(*potentials, lengths, None)
    return log_z


def log_likelihood(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, labels: Tensor
) -> Tensor:
    """The log-probability of one sequence of labels each; differentiable as `log_partition` is.

    Args:
        scores, transitions, start, end, lengths: as of `log_partition`.
        labels: (B, T), int64.

    Returns:
        (B,), of the type of `scores`; -inf where the labels are not possible.
    """
    potentials = Potentials(scores, transitions, start, end)
    if not is_served(potentials, lengths, labels):
        return crf_reference.log_likelihood(*potentials, lengths, labels)
    log_probs: Tensor = _LogSum.apply(*potentials, lengths, labels)
    return log_probs


def log_partition_float64(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """As `log_partition`, but float64 and not differentiable: for differences of such sums."""
    potentials = _detached(scores, transitions, start, end)
    if not is_served(potentials, lengths):
        return crf_reference.log_partition(*potentials.wide(), lengths)
    inputs = [t.contiguous() for t in (*potentials, lengths)]
    log_z = scores.new_empty(len(scores), dtype=torch.float64)
    tensors = compiled.data_pointers([*inputs, None, log_z])
    compiled.extension.crf_log_partition(list(scores.shape), tensors, torch.get_num_threads())
    return log_z


def viterbi_n_best(
    scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Find the best sequences of labels (Viterbi, 1967; the n best as Foreman, 1993).

    Args:
        scores, transitions, start, end, lengths: as of `log_partition`.
        count: how many, n.

    Returns:
        Labels (B, n, T), 0 beyond a length, and their scores (B, n), float64, the best first; where there are fewer
        sequences than asked for, scores of -inf.
    """
    potentials = _detached(scores, transitions, start, end)
    if not is_served(potentials, lengths):
        return crf_reference.viterbi_n_best(*potentials, lengths, count)
    inputs = [t.contiguous() for t in (*potentials, lengths)]
    labels = lengths.new_zeros(len(scores), count, scores.shape[1])  # (B, n, T)
    best_scores = scores.new_empty(len(scores), count, dtype=torch.float64)
    tensors = compiled.data_pointers([*inputs, None, labels, best_scores])
    compiled.extension.crf_viterbi(list(scores.shape), count, tensors, torch.get_num_threads())
    return labels, best_scores


def marginals(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor, lengths: Tensor) -> Tensor:
    """The probability of each label at each step, (B, T, K), 0 beyond a length; arguments as of `log_partition`.

    Not differentiable; it works in inference mode too.
    """
    potentials = _detached(scores, transitions, start, end)
    if is_served(potentials, lengths):
        inputs = [t.contiguous() for t in (*potentials, lengths)]
        _, saved = _forward(inputs, None)
        return _backward(inputs, None, scores.new_ones(len(scores)), saved)[0]
    with torch.inference_mode(False), torch.enable_grad():
        leaf = potentials.scores.clone().requires_grad_()
        others = [t.clone() for t in (*potentials[1:], lengths)]
        log_z = crf_reference.log_partition(leaf, *others)
        return torch.autograd.grad(log_z.sum(), leaf)[0]


def is_served(potentials: Potentials, lengths: Tensor, labels: Tensor | None = None) -> bool:
    """Whether the kernels can read these: shapes that fit together, nothing empty."""
    scores, transitions, start, end = potentials
    label_count = scores.shape[-1]
    return (
        not compiled.traced(scores)
        and compiled.serves(*potentials)
        and scores.dim() == 3
        and scores.numel() > 0
        and transitions.shape == (label_count, label_count)
        and start.shape == end.shape == (label_count,)
        and lengths.shape == scores.shape[:1]
        and (labels is None or labels.shape == scores.shape[:2])
        and all(t is None or (t.dtype is torch.int64 and t.is_cpu) for t in (lengths, labels))
    )


def _detached(scores: Tensor, transitions: Tensor, start: Tensor, end: Tensor) -> Potentials:
    return Potentials(scores.detach(), transitions.detach(), start.detach(), end.detach())


# --- the kernels ------------------------------------------------------------------------------------------------------


def _forward(inputs: list[Tensor], labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """Log Z or the log-probability of labels, (B,), and what `_backward` needs.

    inputs: scores, transitions, start, end and lengths, contiguous.
    """
    kernels, scores = compiled.extension, inputs[0]
    saved = compiled.pooled_empty(scores, kernels.crf_saved_floats(list(scores.shape)))
    value = scores.new_empty(len(scores), dtype=torch.float64)
    tensors = compiled.data_pointers([*inputs, labels, value, saved])
    kernels.crf_forward(list(scores.shape), tensors, torch.get_num_threads())
    return value.to(scores.dtype), saved


def _backward(inputs: list[Tensor], labels: Tensor | None, grad_value: Tensor, saved: Tensor) -> list[Tensor]:
    """The gradients of scores, transitions, start and end."""
    scores, *others = inputs[:4]
    grad_value = compiled.in_memory(grad_value)  # held here, as long as the kernel reads it
    grads = [compiled.pooled_empty(scores, *scores.shape), *(torch.empty_like(t) for t in others)]
    tensors = compiled.data_pointers([*inputs, labels, grad_value, saved, *grads])
    compiled.extension.crf_backward(list(scores.shape), tensors, torch.get_num_threads())
    return grads


class _LogSum(Function):
    """Log Z, or with labels their log-probability."""

    @staticmethod
    def forward(
        ctx: Context,
        scores: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        lengths: Tensor,
        labels: Tensor | None,
    ) -> Tensor:
        inputs = [t.contiguous() for t in (scores, transitions, start, end, lengths)]
        labels = None if labels is None else labels.contiguous()
        value, saved = _forward(inputs, labels)
        ctx.save_for_backward(*inputs, saved, *([] if labels is None else [labels]))
        return value

    @staticmethod
    def backward(ctx: Context, grad_value: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, saved = ctx.saved_tensors[:6]
        labels = ctx.saved_tensors[6] if len(ctx.saved_tensors) > 6 else None
        grads: list[Tensor | None]
        if torch.is_grad_enabled() or compiled.transformed(grad_value):  # to be differentiated again, or for a batch
            grads = _in_plain_torch(inputs, labels, grad_value)
        else:
            grads = [*_backward(inputs, labels, grad_value, saved)]
        asked = zip(grads, ctx.needs_input_grad, strict=False)
        return *(grad if needed else None for grad, needed in asked), None, None


def _in_plain_torch(inputs: list[Tensor], labels: Tensor | None, grad_value: Tensor) -> list[Tensor | None]:
    """The same gradients, to be differentiated again."""
    again = torch.is_grad_enabled()
    lengths = inputs[4]
    with torch.enable_grad():
        potentials = Potentials(*compiled.apart(inputs[:4]))
        if labels is None:
            value = crf_reference.log_partition(*potentials, lengths)
        else:
            value = crf_reference.log_likelihood(*potentials, lengths, labels)
    leaves = [t for t in potentials if t.requires_grad]
    grads = iter(torch.autograd.grad(value, leaves, grad_value, create_graph=again, allow_unused=True))
    return [next(grads) if t.requires_grad else None for t in potentials]
