"""Scores of vectors that may have a label."""

from torch import Tensor, nn


class LabelledScore(nn.Module):
    """Vectors to scores, and, where there are labels, how well each vector fits its label (Miyato and Koyama, 2018).

    Args:
        size: of the vectors.
        labels: how many there are; 0 for none.
    """

    def __init__(self, size: int, labels: int):
        super().__init__()
        self.score = nn.Linear(size, 1)
        self.of_label = nn.Embedding(labels, size) if labels else None
        if self.of_label is not None:
            nn.init.normal_(self.of_label.weight, std=size**-0.5)

    def forward(self, vectors: Tensor, labels: Tensor | None = None) -> Tensor:
        """Score vectors (N, F) of labels (N,): to (N,)."""
        scores: Tensor = self.score(vectors).squeeze(1)
        if self.of_label is not None and labels is not None:
            scores = scores + (self.of_label(labels) * vectors).sum(1)
        return scores
