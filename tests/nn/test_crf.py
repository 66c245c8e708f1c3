import itertools
import math

import pytest
import torch
from torch import nn

from recurra.nn import CRF

LABELS = 3


@pytest.fixture
def crf():
    torch.manual_seed(1)
    may_follow = torch.ones(LABELS, LABELS, dtype=torch.bool)
    may_follow[0, 2] = False
    made = CRF(LABELS, (torch.tensor([True, True, False]), may_follow, torch.tensor([True, True, True])))
    for weight in made.parameters():
        nn.init.normal_(weight)
    return made


@pytest.fixture
def scores():
    return torch.randn(4, 4, LABELS, generator=torch.Generator().manual_seed(2))


LENGTHS = torch.tensor([4, 1, 3, 2])


def possible(length: int) -> list[tuple[int, ...]]:
    ways = itertools.product(range(LABELS), repeat=length)
    return [way for way in ways if way[0] != 2 and (0, 2) not in itertools.pairwise(way)]


def probabilities(crf: CRF, scores: torch.Tensor, b: int) -> dict[tuple[int, ...], float]:
    """Of every sequence of labels, by the equations."""
    length = int(LENGTHS[b])
    ways, found = possible(length), []
    for way in ways:
        score = crf.start[way[0]] + crf.end[way[-1]] + scores[b, range(length), way].sum()
        found.append(score + sum(crf.transitions[pair] for pair in itertools.pairwise(way)))
    return dict(zip(ways, torch.stack(found).softmax(0).tolist(), strict=True))


def test_probabilities_are_those_of_the_equations(crf, scores):
    for b, length in enumerate(LENGTHS.tolist()):
        for way, expected in probabilities(crf, scores, b).items():
            labels = torch.zeros(1, 4, dtype=torch.int64)
            labels[0, :length] = torch.tensor(way)
            found = crf(scores[b : b + 1], labels, LENGTHS[b : b + 1])
            assert found.exp().item() == pytest.approx(expected, rel=1e-4)


def test_what_is_not_allowed_has_no_probability_and_is_never_decoded(crf, scores):
    assert crf(scores[:1], torch.tensor([[0, 2, 1, 1]])).item() == -torch.inf
    assert crf(scores[:1], torch.tensor([[2, 1, 1, 1]])).item() == -torch.inf
    with torch.no_grad():
        crf.transitions[0, 2] = crf.start[2] = 50.0
    assert all(tuple(way) in possible(len(way)) for way in crf.decode(scores, LENGTHS))
    ways = crf.sample(scores, 50, LENGTHS)
    for b, length in enumerate(LENGTHS.tolist()):
        assert {tuple(way[:length]) for way in ways[b].tolist()} <= set(possible(length))


def test_the_likeliest_first(crf, scores):
    found, logs = crf.best(scores, 50, LENGTHS)
    decoded = crf.decode(scores, LENGTHS)
    for b, length in enumerate(LENGTHS.tolist()):
        expected = sorted(probabilities(crf, scores, b).items(), key=lambda pair: -pair[1])
        ways = [tuple(way[:length]) for way in found[b].tolist()][: len(expected)]
        assert ways == [way for way, _ in expected]
        assert tuple(decoded[b]) == expected[0][0]
        assert logs[b, : len(expected)].exp().tolist() == pytest.approx([p for _, p in expected], rel=1e-4)
        assert (logs[b, len(expected) :] == -torch.inf).all()


def test_marginals_and_probabilities_of_parts(crf, scores):
    marginals = crf.marginals(scores, LENGTHS)
    within = torch.ones(4, 4, LABELS, dtype=torch.bool)
    within[:, 0] = torch.tensor([True, False, False])  # the first label is 0,
    within[:, 1] = torch.tensor([False, True, False])  # the second 1
    found = crf.probability(scores, within, LENGTHS)
    for b, length in enumerate(LENGTHS.tolist()):
        odds = probabilities(crf, scores, b)
        for t, label in itertools.product(range(length), range(LABELS)):
            expected = sum(p for way, p in odds.items() if way[t] == label)
            assert float(marginals[b, t, label]) == pytest.approx(expected, abs=1e-5)
        assert not marginals[b, length:].any()
        expected = sum(p for way, p in odds.items() if way[:2] in ((0, 1), (0,)))
        assert float(found[b]) == pytest.approx(expected, abs=1e-5)


def test_probabilities_of_spans_are_those_of_all_sequences_with_them(crf, scores):
    spans = []
    for b, length in enumerate(LENGTHS.tolist()):
        for start, stop in itertools.combinations(range(length + 1), 2):
            spans += [(b, start, stop, ways) for ways in itertools.product(range(LABELS), repeat=stop - start)]
    log_probs = crf.span_log_probs(scores, spans, LENGTHS)
    assert log_probs.dtype is torch.float64
    for (b, start, stop, labels), log_prob in zip(spans, log_probs.tolist(), strict=True):
        ways = probabilities(crf, scores, b)
        expected = sum(p for way, p in ways.items() if way[start:stop] == labels)
        assert math.exp(log_prob) == pytest.approx(expected, rel=1e-5, abs=1e-300)
    assert crf.span_log_probs(scores, []).shape == (0,)


def test_probabilities_of_unlikely_spans_have_all_digits(crf):
    scores = torch.zeros(1, 3, LABELS)
    scores[0, :, 0] = 3000.0  # labels 1, 1, 1 are e^-9000 as likely as 0, 0, 0
    with torch.no_grad():
        for weight in crf.parameters():
            weight.zero_()
    spans = [(0, 0, 3, [1, 1, 1]), (0, 1, 2, [2]), (0, 2, 3, [0]), (0, 0, 1, [2])]
    assert crf.span_log_probs(scores, spans).tolist() == pytest.approx([-9000.0, -6000.0, 0.0, -torch.inf])


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ((4, 0, 1, [0]), "expected sequence 0 to 3, got 4"),
        ((1, 0, 2, [0, 0]), "expected steps within 0 to 1, got 0 to 2"),
        ((0, 2, 2, []), "expected steps within 0 to 4, got 2 to 2"),
        ((0, -1, 2, [0, 0, 0]), "expected steps within 0 to 4, got -1 to 2"),
        ((0, 0, 2, [0]), "expected 2 labels for steps 0 to 2, got 1"),
        ((0, 0, 1, [3]), r"expected labels 0 to 2, got \[3\]"),
    ],
)
def test_spans_that_are_not_in_the_sequences_are_told(crf, scores, span, message):
    with pytest.raises(ValueError, match=message):
        crf.span_log_probs(scores, [(0, 0, 1, [1]), span], LENGTHS)


def test_samples_come_as_often_as_they_are_likely(crf, scores):
    count = 20_000
    drawn = crf.sample(scores, count, LENGTHS, torch.Generator().manual_seed(3))
    for b, length in enumerate(LENGTHS.tolist()):
        ways = [tuple(way[:length]) for way in drawn[b].tolist()]
        for way, p in probabilities(crf, scores, b).items():
            spread = 5 * (p * (1 - p) / count) ** 0.5
            assert ways.count(way) / count == pytest.approx(p, abs=spread + 1e-4)


def test_it_learns(crf, scores):
    labels = torch.tensor([[0, 1, 2, 1]] * 4)
    optimizer = torch.optim.Adam(crf.parameters(), 0.1)
    for _ in range(100):
        optimizer.zero_grad()
        (-crf(scores * 0, labels, LENGTHS).mean()).backward()
        optimizer.step()
    assert crf.decode(scores * 0, LENGTHS) == [[0, 1, 2, 1][:length] for length in LENGTHS]


@pytest.mark.parametrize(
    ("scores", "lengths", "message"),
    [
        (torch.zeros(2, 3, 4), None, r"scores: expected \(B, T, 3\), got \(2, 3, 4\)"),
        (torch.zeros(2, 0, 3), None, r"got \(2, 0, 3\)"),
        (torch.zeros(2, 3, 3), torch.tensor([3]), r"lengths: expected 2 whole numbers"),
        (torch.zeros(2, 3, 3), torch.tensor([0, 3]), r"lengths: expected 1 to 3, got 0 to 3"),
    ],
)
def test_wrong_shapes_are_told(crf, scores, lengths, message):
    with pytest.raises(ValueError, match=message):
        crf.decode(scores, lengths)


def test_more_wrong_arguments_are_told(crf):
    with pytest.raises(ValueError, match="allowed: expected may_follow of shape"):
        CRF(3, (torch.ones(3), torch.ones(3), torch.ones(3)))
    with pytest.raises(ValueError, match="labels: expected at least 1"):
        CRF(0)
    with pytest.raises(ValueError, match="count: expected at least 1"):
        crf.best(torch.zeros(1, 2, 3), 0)
    with pytest.raises(ValueError, match="expected sequences for which some labels are allowed"):
        CRF(2, (torch.zeros(2), torch.ones(2, 2), torch.ones(2))).sample(torch.zeros(1, 2, 2), 1)
