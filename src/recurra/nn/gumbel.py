"""Symbols drawn so that gradients flow through the choice."""

from torch import Tensor

from recurra.nn import noise

_SMALLEST = 1e-20  # added before a logarithm


def gumbel_softmax(logits: Tensor, sharpness: float) -> Tensor:
    """Draw relaxed one-hot vectors (Jang et al., 2017; Maddison et al., 2017).

    Args:
        logits: (..., V).
        sharpness: the inverse of the temperature: the larger, the closer to one-hot, and the rougher the gradient.

    Returns:
        (..., V), positive, with the sum 1; the largest is where a draw from softmax(logits) would be.
    """
    drawn = noise.uniform(*logits.shape, like=logits)
    gumbel = -(-(drawn + _SMALLEST).log() + _SMALLEST).log()
    return ((logits + gumbel) * sharpness).softmax(-1)
