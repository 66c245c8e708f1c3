"""Span probabilities: held to enumeration, and to themselves where sequences are long or scores far apart."""

import itertools

import pytest
import torch

from recurra.kernels import crf_spans
from recurra.kernels.crf_reference import Potentials


def problem(steps: int, labels: int, scale: float):
    draw = torch.Generator().manual_seed(steps * 100 + labels)
    shapes = ((2, steps, labels), (labels, labels), (labels,), (labels,))
    return [scale * torch.randn(s, generator=draw) for s in shapes]


def enumerated(given, length: int, b: int, start: int, said: tuple[int, ...]) -> float:
    scores, transitions, first, last = (t.double() for t in given)
    every, through = [], []
    for way in itertools.product(range(len(first)), repeat=length):
        score = first[way[0]] + last[way[-1]] + sum(scores[b, t, k] for t, k in enumerate(way))
        score = score + sum(transitions[i, j] for i, j in itertools.pairwise(way))
        every.append(score)
        if way[start : start + len(said)] == said:
            through.append(score)
    return float(torch.stack(through).logsumexp(0) - torch.stack(every).logsumexp(0))


@pytest.mark.parametrize("scale", [1.0, 30.0, 1000.0])
def test_spans_are_those_of_all_sequences(scale):
    given = problem(4, 3, scale)
    given[0][1, 3] = torch.nan  # beyond the length
    lengths = torch.tensor([4, 3])
    spans = [(0, 0, 4, (0, 1, 2, 0)), (0, 1, 3, (2, 2)), (1, 0, 1, (1,)), (1, 2, 3, (0,)), (1, 0, 3, (2, 1, 0))]
    places = torch.tensor([span[:3] for span in spans])
    labels = torch.tensor([label for *_, said in spans for label in said])
    found = crf_spans.span_log_probs(*given, lengths, places, labels)
    for (b, start, _, said), log_prob in zip(spans, found.tolist(), strict=True):
        assert log_prob == pytest.approx(enumerated(given, int(lengths[b]), b, start, said), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_the_kernels_are_plain_torch(scale):
    tables, lengths = problem(30, 9, scale), torch.tensor([30, 17])
    places = torch.tensor([[0, 0, 2], [1, 3, 5], [0, 29, 30], [1, 0, 1]])
    labels = torch.tensor([0, 1, 8, 8, 5, 2])
    expected = crf_spans.in_plain_torch(Potentials(*tables), lengths, places, labels)
    torch.testing.assert_close(
        crf_spans.span_log_probs(*tables, lengths, places, labels), expected, rtol=1e-9, atol=1e-9
    )


def test_length_costs_no_digits():
    scores, transitions, start, end = problem(20_000, 3, 1.0)
    middle = torch.tensor([[0, 10_020, 10_022]])
    found = crf_spans.span_log_probs(
        scores, transitions, start, end, torch.tensor([20_000, 1]), middle, torch.tensor([1, 2])
    )
    near = scores[:1, 9_980:10_060]  # what lies further has no influence
    expected = crf_spans.span_log_probs(
        near, transitions, start, end, torch.tensor([80]), torch.tensor([[0, 40, 42]]), torch.tensor([1, 2])
    )
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)
