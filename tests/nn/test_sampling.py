import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recurra.nn.sampling import draw_symbols, filter_scores, sample_sequences

SCORES = torch.tensor([[0.5, 0.1, 0.3, 0.1], [0.05, 0.2, 0.05, 0.7]]).log()


def _kept(scores):
    return [[i for i, score in enumerate(row) if score > -torch.inf] for row in scores.tolist()]


def test_by_default_nothing_changes():
    assert torch.equal(filter_scores(SCORES), SCORES)


def test_temperature_divides_the_scores():
    cold = filter_scores(SCORES, temperature=0.5).softmax(-1)
    p = SCORES.exp()
    torch.testing.assert_close(cold, p**2 / (p**2).sum(-1, keepdim=True))
    assert filter_scores(SCORES, temperature=1e-3).softmax(-1).max(-1).values.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("top_k", "kept"),
    [(0, [[0, 1, 2, 3]] * 2), (1, [[0], [3]]), (2, [[0, 2], [1, 3]]), (4, [[0, 1, 2, 3]] * 2), (9, [[0, 1, 2, 3]] * 2)],
)
def test_top_k_keeps_the_likeliest(top_k, kept):
    assert _kept(filter_scores(SCORES, top_k=top_k)) == kept


def test_symbols_that_tie_for_the_last_place_are_all_kept():
    assert _kept(filter_scores(SCORES, top_k=3)) == [[0, 1, 2, 3], [0, 1, 2, 3]]
    assert _kept(filter_scores(torch.zeros(1, 5), top_k=2)) == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [(0.01, [[0], [3]]), (0.49, [[0], [3]]), (0.6, [[0, 2], [3]]), (0.75, [[0, 2], [1, 3]]), (1.0, [[0, 1, 2, 3]] * 2)],
)
def test_top_p_keeps_the_fewest_symbols_that_reach_it(top_p, kept):
    assert _kept(filter_scores(SCORES, top_p=top_p)) == kept


def test_kept_symbols_keep_their_scores():
    cut = filter_scores(SCORES, temperature=0.7, top_k=3, top_p=0.9)
    alive = cut > -torch.inf
    torch.testing.assert_close(cut[alive], (SCORES / 0.7)[alive])


def test_top_p_counts_what_temperature_and_top_k_have_left():
    assert _kept(filter_scores(SCORES[:1], top_k=2, top_p=0.6)) == [[0]]  # 0.5 of the 0.8 left is 0.625
    assert _kept(filter_scores(SCORES[:1], temperature=0.5, top_p=0.6)) == [[0]]  # 0.25 of 0.36


@settings(deadline=None, max_examples=50)
@given(
    scores=st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=12),
    temperature=st.floats(0.01, 10),
    top_k=st.integers(0, 15),
    top_p=st.floats(0.001, 1),
)
def test_the_likeliest_symbol_always_stays_and_the_set_is_the_smallest(scores, temperature, top_k, top_p):
    given_scores = torch.tensor([scores])
    cut = filter_scores(given_scores, temperature, top_k, top_p)
    assert cut[0, given_scores.argmax()] > -torch.inf
    left = filter_scores(given_scores, temperature, top_k).double().softmax(-1)
    kept = left[cut > -torch.inf]
    assert kept.sum() >= top_p - 1e-5
    assert kept.sum() - kept.min() <= top_p + 1e-5


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"temperature": 0.0}, "temperature: expected a number from 1e-6 to 1e6, got 0.0"),
        ({"temperature": -1.0}, "temperature: expected a number from 1e-6 to 1e6, got -1.0"),
        ({"temperature": 1e-39}, "temperature: expected a number from 1e-6 to 1e6, got 1e-39"),
        ({"temperature": math.nan}, "temperature: expected a number from 1e-6 to 1e6, got nan"),
        ({"top_k": -1}, "top_k: expected 0 or more, got -1"),
        ({"top_p": 0.0}, "top_p: expected 0 < p <= 1, got 0.0"),
        ({"top_p": 1.1}, "top_p: expected 0 < p <= 1, got 1.1"),
    ],
)
def test_a_wrong_filter_is_named(filters, message):
    with pytest.raises(ValueError, match=message):
        filter_scores(SCORES, **filters)


def _drawn(count, seed, **filters):
    generator = torch.Generator().manual_seed(seed)
    p = filter_scores(SCORES[:1], **filters).softmax(-1).expand(count, -1)
    return draw_symbols(p, torch.rand(count, generator=generator, dtype=torch.float64).tolist())


def test_symbols_come_as_often_as_their_probabilities_say():
    p = SCORES[0].exp()
    shares = _drawn(10_000, 1).bincount(minlength=4) / 10_000
    assert ((shares - p).abs() < 4 * (p * (1 - p) / 10_000).sqrt()).all()
    cut = _drawn(10_000, 2, top_k=2).bincount(minlength=4) / 10_000
    assert cut[[1, 3]].tolist() == [0, 0]
    assert abs(cut[0] - 0.5 / 0.8) < 4 * math.sqrt(0.625 * 0.375 / 10_000)


def test_a_symbol_is_the_first_whose_cumulative_probability_exceeds_the_number():
    p = torch.tensor([[0.25, 0.0, 0.5, 0.25, 0.0]]).expand(6, -1)
    assert draw_symbols(p, [0.0, 0.24, 0.25, 0.74, 0.75, 1 - 2**-53]).tolist() == [0, 0, 2, 2, 3, 3]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=40).filter(any), st.floats(0, 1 - 2**-53))
def test_what_has_no_probability_is_never_drawn(weights, uniform):
    p = torch.tensor([weights], dtype=torch.float64)
    p = (p / p.sum()).float()
    assert p[0, draw_symbols(p, [uniform])] > 0


def test_a_row_draws_the_same_whatever_stands_beside_it():
    scores = torch.randn(65, 97, generator=torch.Generator().manual_seed(1))
    p, uniforms = scores.softmax(-1), [i / 65 for i in range(65)]
    together = draw_symbols(p, uniforms).tolist()
    alone = [draw_symbols(p[i : i + 1], [uniforms[i]]).item() for i in range(65)]
    assert together == alone


# --- sequences that end ---

END = 0


def test_sequences_are_drawn_as_often_as_they_are_likely(make_chain):
    chain, count = make_chain(1, sharp=1.0), 4000
    state = chain.state([0] * count)
    first = torch.zeros(count, dtype=torch.int64)
    generator = torch.Generator().manual_seed(3)
    drawn = sample_sequences(chain.step, chain.reorder_state, state, first, END, generator, max_length=3)
    counts = Counter((tuple(one.symbols), one.ended) for one in drawn)
    for (symbols, ended), often in counts.most_common(8):
        p = math.exp(chain.log_probability(0, symbols, ended))
        assert abs(often / count - p) < 4 * math.sqrt(p / count)
    for one in drawn[:20]:
        assert one.log_probability == pytest.approx(chain.log_probability(0, one.symbols, one.ended), abs=1e-4)
    cold = sample_sequences(
        chain.step, chain.reorder_state, chain.state([0]), first[:1], END, generator, max_length=9, top_k=1
    )
    likeliest, before, last = [], 0, END
    while len(likeliest) < 9 and (symbol := int(chain.tables[0, before, last].argmax())) != END:
        likeliest.append(symbol)
        before, last = last, symbol
    assert cold[0].symbols == likeliest
