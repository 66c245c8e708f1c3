"""How sure answers may be, by how much of a clip was seen."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from recurra.nn.step_mask import step_mask
from recurra.training.eager_optimizer import eager

_PRIOR = 2.0  # weight of the squares of the coefficients: what few clips say is taken with care
_ITERATIONS = 50


class Calibration(nn.Module):
    """Scores divided by a temperature that changes with time (after Guo et al., 2017, "On calibration").

    The logarithm of the temperature after s seconds is a + b log(1 + s). Both coefficients are 0, which changes
    nothing, until they are fitted on clips that were held out.
    """

    coefficients: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("coefficients", torch.zeros(2))

    def forward(self, scores: Tensor, seconds: Tensor) -> Tensor:
        """Divide scores (..., outputs) that were given so many seconds after the beginning, (...)."""
        return scores / self._temperatures(self.coefficients, seconds).unsqueeze(-1)

    @torch.inference_mode(False)
    @torch.enable_grad()
    def fit(self, scores: Tensor, seconds: Tensor, lengths: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Find the temperature at which the answers of clips are least wrong, at all steps.

        Args:
            scores: (B, T, outputs), as a network gave them.
            seconds: when, (T,).
            lengths: steps of each clip, (B,).
            loss: of scores (N, outputs) and the numbers of their clips, (N,), a loss of each, (N,).
        """
        mask = step_mask(lengths, scores.shape[1])  # (B, T)
        clips, steps = mask.nonzero(as_tuple=True)
        at_steps, times = scores[mask].clone(), seconds[steps]  # (N, outputs), (N,)
        weights = 1 / lengths[clips]  # every clip counts as much as another
        coefficients = torch.zeros(2, device=scores.device, requires_grad=True)
        optimizer = eager(torch.optim.LBFGS)([coefficients], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimizer.zero_grad()
            tempered = at_steps / self._temperatures(coefficients, times).unsqueeze(-1)
            total = (loss(tempered, clips) * weights).sum() + _PRIOR * coefficients.square().sum()
            total.backward()
            return total

        optimizer.step(closure)
        if bool(coefficients.isfinite().all()):
            self.coefficients.copy_(coefficients.detach())

    @staticmethod
    def _temperatures(coefficients: Tensor, seconds: Tensor) -> Tensor:
        return (coefficients[0] + coefficients[1] * torch.log1p(seconds)).exp()

    def reset(self) -> None:
        """Change nothing any more."""
        self.coefficients.zero_()
