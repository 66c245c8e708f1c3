"""Gradients that no single example decides: DP-SGD (Abadi et al., 2016, "Deep Learning with Differential Privacy")."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from recurra.nn.generators import generator_for

_EPS = 1e-12  # a gradient of norm 0 is not divided by it


class PrivateGradients:
    """The gradient of each example, clipped; their sum, and noise on it.

    An example's gradient comes from a backward pass of its own, so that any network, on any kernel, is served exactly;
    no rule for the gradients of each kind of layer is asked for.

    Args:
        parameters: of what learns.
        clip_norm: the largest norm of an example's gradient, over all parameters.
        noise: standard deviation of the noise on the sum, in clipping norms.
        batch_size: examples of a batch as expected: what the noisy sum is divided by. How many there really are
            tells of the data, and is not used.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], clip_norm: float, noise: float, batch_size: float):
        self.parameters = list(parameters)
        self.clip_norm, self.noise, self.batch_size = clip_norm, noise, batch_size

    def backward(self, losses: Iterable[Tensor]) -> float:
        """Put the private gradient into `grad` of each parameter.

        Args:
            losses: of each example of a batch, scalars; made one at a time, so that one graph is held at once. There
                may be none: then the gradient is noise.

        Returns:
            The mean loss, which is not private: it is to be shown to nobody who may not see the data.
        """
        sums = [torch.zeros_like(parameter) for parameter in self.parameters]
        total, count = 0.0, 0
        for loss in losses:
            gradients = torch.autograd.grad(loss, self.parameters, allow_unused=True)
            norm = torch.stack([part.norm() for part in gradients if part is not None]).norm()
            factor = (self.clip_norm / (norm + _EPS)).clamp_max(1.0)
            for part, gradient in zip(sums, gradients, strict=True):
                if gradient is not None:
                    part += gradient * factor
            total, count = total + float(loss.detach()), count + 1
        for parameter, part in zip(self.parameters, sums, strict=True):
            noise = torch.empty_like(part).normal_(0.0, self.noise * self.clip_norm, generator=generator_for(part))
            parameter.grad = (part + noise) / self.batch_size
        return total / max(1, count)
