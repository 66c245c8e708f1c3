"""From the outputs of all steps to one vector, which a head reads."""

import torch
from torch import Tensor, nn

from recurra.nn.step_mask import step_mask

POOLINGS = ("last", "mean", "max", "attention")


class Pooling(nn.Module):
    """One vector a sequence.

    Args:
        kind: "last", the state after the last step; "mean" or "max" over the real steps; or "attention", a mean whose
            weights are learnt: softmax over t of v' tanh(W h_t + b) (Yang et al., 2016).
        size: width F of the outputs.
    """

    def __init__(self, kind: str, size: int):
        super().__init__()
        if kind not in POOLINGS:
            raise ValueError(f"pooling: expected one of {', '.join(POOLINGS)}, got {kind!r}")
        self.kind = kind
        self.scorer = nn.Sequential(nn.Linear(size, size), nn.Tanh(), nn.Linear(size, 1, bias=False))
        if kind != "attention":
            self.scorer = nn.Sequential()

    def forward(self, outputs: Tensor, last: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Bring the outputs of all steps to one vector, in the way of `kind`.

        Args:
            outputs: (B, T, F).
            last: what "last" gives, (B, F): the final states of the directions.
            lengths: real steps of each sequence, (B,); None where all are real.

        Returns:
            (B, F).
        """
        if self.kind == "last":
            return last
        is_padding = None
        if lengths is not None:
            is_padding = ~step_mask(lengths, outputs.shape[1])  # (B, T)
        if self.kind == "attention":
            weights = self.weights(outputs, is_padding)  # (B, T)
            return (weights.unsqueeze(-1) * outputs).sum(1)
        if self.kind == "max":
            if is_padding is not None:
                outputs = outputs.masked_fill(is_padding.unsqueeze(-1), -torch.inf)
            return outputs.amax(1)
        if lengths is None:
            return outputs.mean(1)
        return outputs.sum(1) / lengths.unsqueeze(-1)  # outputs beyond the end are zero

    def weights(self, outputs: Tensor, is_padding: Tensor | None = None) -> Tensor:
        """How much attention each step gets, (B, T), which sums to 1; none where `is_padding` (B, T) is true."""
        scores: Tensor = self.scorer(outputs).squeeze(-1)
        if is_padding is not None:
            scores = scores.masked_fill(is_padding, -torch.inf)
        return scores.softmax(-1)

    def extra_repr(self) -> str:
        """Show the kind."""
        return self.kind
