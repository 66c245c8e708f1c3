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


def test_length_costs_no_digits():
    """Far from both ends nothing depends on the length; so half of the sequence is as good as the whole."""
    torch.manual_seed(1)
    crf = CRF(4)
    for weight in crf.parameters():
        nn.init.normal_(weight)
    scores = 4 * torch.randn(1, 50_000, 4)
    near = scores[:, 24_900:25_100]
    possible = torch.ones(1, 50_000, 4, dtype=torch.bool)
    possible[:, 25_000:25_003] = torch.tensor([False, True, True, False])
    spans = [(0, 25_000, 25_003, [1, 2, 1])]
    expected = crf.span_log_probs(near, [(0, 100, 103, [1, 2, 1])])
    torch.testing.assert_close(crf.span_log_probs(scores, spans), expected, rtol=1e-9, atol=1e-9)
    part = crf.probability(near, possible[:, 24_900:25_100])
    torch.testing.assert_close(crf.probability(scores, possible), part, rtol=1e-6, atol=0)
    assert 0 < part.item() < 1
    marginals = crf.marginals(scores)[:, 25_000:25_003]
    torch.testing.assert_close(marginals, crf.marginals(near)[:, 100:103], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("steps", [3_000, 50_000])
def test_sure_labels_have_a_log_probability_near_zero_at_any_length(steps):
    """The total of so many sure steps is a small difference of two large sums."""
    labels = torch.arange(steps).unsqueeze(0) % 3
    crf = CRF(3)
    for weight in crf.parameters():
        nn.init.zeros_(weight)
    scores = 12.0 * nn.functional.one_hot(labels, 3).float()
    exact = -steps * math.log1p(2 * math.exp(-12.0))  # of independent steps
    assert crf(scores, labels).item() == pytest.approx(exact, rel=1e-6)
    with torch.no_grad():
        found, log_probs = crf.best(scores, 2)
    assert torch.equal(found[:, 0], labels)
    assert log_probs[0].tolist() == pytest.approx([exact, exact - 12.0], rel=1e-5)


def test_where_everything_is_forbidden_nothing_is_a_number_that_is_none(scores):
    nothing = torch.zeros(LABELS, dtype=torch.bool)
    crf = CRF(LABELS, (nothing, torch.ones(LABELS, LABELS), torch.ones(LABELS)))
    for own in (crf, CRF(LABELS, (nothing, torch.ones(LABELS, LABELS), torch.ones(LABELS))).double()):
        given = scores.to(own.start.dtype)
        log_probs = own(given, torch.zeros(4, 4, dtype=torch.int64), LENGTHS)
        assert log_probs.tolist() == [-torch.inf] * 4
        assert own.log_partition(given, LENGTHS).tolist() == [-torch.inf] * 4
        assert own.best(given, 2, LENGTHS)[1].tolist() == [[-torch.inf] * 2] * 4
        assert own.probability(given, torch.ones(4, 4, LABELS, dtype=torch.bool), LENGTHS).tolist() == [0] * 4
        assert own.span_log_probs(given, [(0, 0, 1, [1])], LENGTHS).tolist() == [-torch.inf]
        assert not own.marginals(given, LENGTHS).any()


def test_no_sequences_at_all(crf):
    scores = torch.zeros(0, 4, LABELS)
    assert crf(scores, torch.zeros(0, 4, dtype=torch.int64)).shape == (0,)
    assert crf.decode(scores) == []
    assert crf.marginals(scores).shape == (0, 4, LABELS)
    assert crf.best(scores, 2)[0].shape == (0, 2, 4)


# --- pytorch-crf ------------------------------------------------------------------------------------------------------


def weights_of_pytorch_crf() -> dict[str, torch.Tensor]:
    draw = torch.Generator().manual_seed(4)
    shapes = {"start_transitions": (LABELS,), "end_transitions": (LABELS,), "transitions": (LABELS, LABELS)}
    return {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()}


def test_weights_with_the_names_of_pytorch_crf_are_taken():
    theirs = weights_of_pytorch_crf()
    crf, model = CRF(LABELS), nn.ModuleDict({"crf": CRF(LABELS)})
    crf.load_state_dict(theirs)
    model.load_state_dict({f"crf.{name}": weight for name, weight in theirs.items()})
    for own in (crf, model["crf"]):
        assert torch.equal(own.start, theirs["start_transitions"])
        assert torch.equal(own.end, theirs["end_transitions"])
        assert torch.equal(own.transitions, theirs["transitions"])
    assert set(theirs) == {"start_transitions", "end_transitions", "transitions"}
    crf.load_state_dict(crf.state_dict())
    with pytest.raises(RuntimeError, match="Missing key"):
        crf.load_state_dict({"transitions": theirs["transitions"]})


def test_a_mask_is_as_good_as_lengths(crf, scores):
    mask = torch.arange(4) < LENGTHS.unsqueeze(-1)
    labels = torch.ones(4, 4, dtype=torch.int64)
    for given in (mask, mask.to(torch.uint8)):
        assert torch.equal(crf(scores, labels, mask=given), crf(scores, labels, LENGTHS))
        assert crf.decode(scores, mask=given) == crf.decode(scores, LENGTHS)
        assert torch.equal(crf.marginals(scores, mask=given), crf.marginals(scores, LENGTHS))
    with pytest.raises(ValueError, match="expected the real steps of each sequence first"):
        crf.decode(scores, mask=mask.flip(1))
    with pytest.raises(ValueError, match="expected lengths or a mask, got both"):
        crf.decode(scores, LENGTHS, mask)
    with pytest.raises(ValueError, match=r"mask: expected shape \(4, 4\), got \(4, 3\)"):
        crf.decode(scores, mask=mask[:, :3])


def test_the_numbers_are_those_of_pytorch_crf(scores):
    torchcrf = pytest.importorskip("torchcrf")
    theirs = torchcrf.CRF(LABELS, batch_first=True)
    theirs.load_state_dict(weights_of_pytorch_crf())
    crf = CRF(LABELS)
    crf.load_state_dict(theirs.state_dict())
    mask = torch.arange(4) < LENGTHS.unsqueeze(-1)
    labels = torch.randint(LABELS, (4, 4), generator=torch.Generator().manual_seed(5))
    expected = theirs(scores, labels, mask=mask, reduction="none")
    torch.testing.assert_close(crf(scores, labels, mask=mask), expected)
    assert crf.decode(scores, mask=mask) == theirs.decode(scores, mask=mask)
