"""Attention, held to its equations written out for one query and one memory."""

import math

import pytest
import torch

from recurra.nn import Attention

LENGTHS = [5, 2, 1]


@pytest.mark.parametrize("kind", ["additive", "dot", "general"])
def test_it_is_the_mean_by_the_scores_of_its_kind(kind):
    torch.manual_seed(1)
    attention = Attention(6, 6, kind)
    query, memory = torch.randn(3, 4, 6), torch.randn(3, 5, 6)
    real = torch.arange(5) < torch.tensor(LENGTHS).unsqueeze(-1)
    context, weights = attention(query, attention.keys(memory), memory, real)
    assert (context.shape, weights.shape) == ((3, 4, 6), (3, 4, 5))
    for b, length in enumerate(LENGTHS):
        for t in range(4):
            scores = torch.stack([_score(attention, query[b, t], memory[b, s]) for s in range(length)])
            expected = scores.softmax(0)
            torch.testing.assert_close(weights[b, t, :length], expected)
            assert (weights[b, t, length:] == 0).all()
            torch.testing.assert_close(context[b, t], expected @ memory[b, :length])


def _score(attention, query, step):
    if attention.kind == "dot":
        return query @ step / math.sqrt(6)
    if attention.kind == "general":
        return query @ (attention.memory.weight @ step)
    inside = attention.query.weight @ query + attention.query.bias + attention.memory.weight @ step
    return attention.v @ inside.tanh()


def test_sizes_are_checked():
    with pytest.raises(ValueError, match="expected additive, dot or general, got 'cosine'"):
        Attention(4, 4, "cosine")
    with pytest.raises(ValueError, match="expected memory of 4 features, as queries, got 6"):
        Attention(4, 6, "dot")
    assert Attention(4, 6, "additive", 3).v.shape == (3,)
