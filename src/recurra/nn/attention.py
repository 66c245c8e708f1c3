"""Attention: what a decoder looks up in the states of an encoder.

Sources: Bahdanau, Cho and Bengio, 2015 (additive); Luong, Pham and Manning, 2015 (dot, general).
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn

Kind = Literal["additive", "dot", "general"]


class Attention(nn.Module):
    """Weighs the steps of a memory for each query, and gives the weighted mean of what they hold.

    The score of a step is v' tanh(W q + U m) (additive), q' m / sqrt(size) (dot) or q' W m (general).

    Args:
        query_size: features of a query, Q.
        memory_size: features of a step of the memory, M; for dot the same as Q.
        kind: how a step is scored.
        size: of the layer inside additive attention; Q when 0.
    """

    def __init__(self, query_size: int, memory_size: int, kind: Kind = "general", size: int = 0):
        super().__init__()
        if kind not in ("additive", "dot", "general"):
            raise ValueError(f"attention: expected additive, dot or general, got {kind!r}")
        if kind == "dot" and query_size != memory_size:
            raise ValueError(f"dot attention: expected memory of {query_size} features, as queries, got {memory_size}")
        self.kind = kind
        size = size or query_size
        self.memory = (
            None if kind == "dot" else nn.Linear(memory_size, query_size if kind == "general" else size, False)
        )
        self.query = nn.Linear(query_size, size) if kind == "additive" else None
        self.v = nn.Parameter(torch.empty(size).uniform_(-1, 1) / math.sqrt(size)) if kind == "additive" else None

    def keys(self, memory: Tensor) -> Tensor:
        """What queries are held against, (B, S, K); depends on the memory (B, S, M) alone."""
        keys: Tensor = memory if self.memory is None else self.memory(memory)
        return keys

    def forward(self, query: Tensor, keys: Tensor, memory: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh the steps of the memory for each query, and mix what they hold by these weights.

        Args:
            query: (B, T, Q).
            keys: what `keys` gave, (B, S, K).
            memory: (B, S, M).
            mask: true at the steps that the memory has, (B, S), at least one in each row.

        Returns:
            The weighted means (B, T, M), and the weights (B, T, S), which are 0 beyond the memory and sum to 1.
        """
        scores = self.scores(query, keys).masked_fill(~mask.unsqueeze(1), -torch.inf)  # (B, T, S)
        weights = scores.softmax(-1)
        return weights @ memory, weights

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Score every step for every query, (B, T, S)."""
        if self.query is not None:
            mixed = (self.query(query).unsqueeze(2) + keys.unsqueeze(1)).tanh()  # (B, T, S, size)
            added: Tensor = mixed @ self.v  # (B, T, S)
            return added
        products = query @ keys.transpose(1, 2)  # (B, T, S)
        return products / math.sqrt(query.shape[-1]) if self.kind == "dot" else products
