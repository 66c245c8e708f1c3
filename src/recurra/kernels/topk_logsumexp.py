"""The largest of each row of scores, and the logarithm of the row's sum of exponentials: a step of a beam search."""

import torch
from torch import Tensor

from recurra.kernels import compiled


def topk_logsumexp(scores: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Give what a search asks of a softmax, in one pass over the scores; without gradients.

    Args:
        scores: (N, V).
        count: how many of each row, 1 to V.

    Returns:
        The largest, (N, count), the larger first; where they stand, (N, count), int64; and log(sum(exp(scores))), (N,).
        Of equal scores the kernel gives the first; PyTorch's own function, which serves all else, gives any.
    """
    size = scores.shape[1]
    if not (compiled.serves(scores) and scores.numel() and 1 <= count <= size) or compiled.traced(scores):
        values, indices = scores.topk(count, dim=-1)
        return values, indices, scores.logsumexp(-1)
    scores = scores.detach().contiguous()
    values = scores.new_empty(len(scores), count)
    indices = torch.empty(len(scores), count, dtype=torch.int64)
    logsumexp = scores.new_empty(len(scores))
    tensors = compiled.data_pointers([scores, values, indices, logsumexp])
    compiled.extension.topk_logsumexp([*scores.shape, count], tensors, torch.get_num_threads())
    return values, indices, logsumexp
