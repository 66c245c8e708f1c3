"""What keeps a critic's slope near 1 (WGAN-GP: Gulrajani et al., 2017)."""

from collections.abc import Callable

import torch
from torch import Tensor

from recurra.nn import noise
from recurra.nn.double_backward import twice_differentiable


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, slope: float = 1.0) -> Tensor:
    """Give how far a critic's gradient is from a slope, at points between real and made samples.

    The penalty has a graph to the critic's weights: its gradient is a second derivative, so that all that the critic is
    made of has to have one.

    Args:
        critic: gives a score of each sample, (B,) or (B, 1), from samples alone.
        real, made: samples, (B, ...).
        slope: that the norm of the gradient should have.

    Returns:
        The mean of (norm - slope)^2 over the batch, a scalar.
    """
    share = noise.uniform(len(real), *[1] * (real.dim() - 1), like=real)
    between = torch.lerp(real.detach(), made.detach(), share).requires_grad_()
    with torch.enable_grad(), twice_differentiable(real.device):
        (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    # a gradient of exactly 0 has no slope of its norm
    norms = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()  # (B,)
    return (norms - slope).square().mean()
