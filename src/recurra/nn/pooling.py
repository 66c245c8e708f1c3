"""From the outputs of all steps to one vector, which a head reads."""

import torch
from torch import Tensor, nn

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
        """Pool.

        Args:
            outputs: (B, T, F).
            last: what "last" gives, (B, F): the final states of the directions.
            lengths: real steps of each sequence, (B,); None where all are real.

        Returns:
            (B, F).
        """
        if self.kind == "last":
            return last
        beyond = None
        if lengths is not None:
            beyond = torch.arange(outputs.shape[1], device=outputs.device) >= lengths.unsqueeze(-1)  # (B, T)
        if self.kind == "attention":
            return (self.weights(outputs, beyond).unsqueeze(-1) * outputs).sum(1)
        if self.kind == "max":
            return (outputs if beyond is None else outputs.masked_fill(beyond.unsqueeze(-1), -torch.inf)).amax(1)
        if lengths is None:
            return outputs.mean(1)
        return outputs.sum(1) / lengths.unsqueeze(-1)  # outputs beyond the end are zero

    def weights(self, outputs: Tensor, beyond: Tensor | None = None) -> Tensor:
        """How much attention each step gets, (B, T); none where `beyond` is true."""
        scores: Tensor = self.scorer(outputs).squeeze(-1)
        if beyond is not None:
            scores = scores.masked_fill(beyond, -torch.inf)
        return scores.softmax(-1)

    def extra_repr(self) -> str:
        """Show the kind."""
        return self.kind
