import itertools
import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recurra.nn.decoding import beam_search, filter_scores, sample_sequences, sample_stream

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


def test_a_step_is_taken_only_when_its_symbol_is_asked_for():
    seen = []

    def step(symbols, state):
        seen.append((symbols.tolist(), state))
        return SCORES, state + 1

    stream = sample_stream(step, SCORES, 0, torch.Generator().manual_seed(1))
    assert seen == []
    first = next(stream)
    assert first.shape == (2,)
    assert seen == []
    second = next(stream)
    assert seen == [(first.tolist(), 0)]
    next(stream)
    assert seen == [(first.tolist(), 0), (second.tolist(), 1)]


def _chain(symbols, state):
    """After symbol s comes s + 1 for sure."""
    return torch.nn.functional.one_hot((symbols + 1) % 4, 4).float().log(), state


def test_each_symbol_is_drawn_from_the_scores_of_the_one_before():
    start = torch.tensor([[1.0, 0, 0, 0], [0, 0, 1.0, 0]]).log()
    stream = sample_stream(_chain, start, None, torch.Generator().manual_seed(1))
    assert [next(stream).tolist() for _ in range(5)] == [[0, 2], [1, 3], [2, 0], [3, 1], [0, 2]]


def _drawn(count, seed, **filters):
    scores = SCORES[:1].expand(500, -1)
    stream = sample_stream(
        lambda symbols, state: (scores, state), scores, None, torch.Generator().manual_seed(seed), **filters
    )
    return torch.stack([next(stream) for _ in range(count)])


def test_symbols_come_as_often_as_their_probabilities_say():
    p = SCORES[0].exp()
    shares = _drawn(20, 1).flatten().bincount(minlength=4) / 10_000
    assert ((shares - p).abs() < 4 * (p * (1 - p) / 10_000).sqrt()).all()
    cut = _drawn(20, 2, top_k=2).flatten().bincount(minlength=4) / 10_000
    assert cut[[1, 3]].tolist() == [0, 0]
    assert abs(cut[0] - 0.5 / 0.8) < 4 * math.sqrt(0.625 * 0.375 / 10_000)


def test_a_seed_repeats_the_stream_whatever_torchs_own_generator_does():
    first = _drawn(5, 7)
    torch.rand(3)
    assert torch.equal(_drawn(5, 7), first)
    assert not torch.equal(_drawn(5, 8), first)


def test_a_wrong_filter_is_told_at_the_first_symbol():
    stream = sample_stream(_chain, SCORES, None, torch.Generator(), top_p=2.0)
    with pytest.raises(ValueError, match="top_p: expected"):
        next(stream)


# --- sequences that end ------------------------------------------------------------------------------------------

END, VOCABULARY = 0, 5


class Chain:
    """Scores that hang on the last two symbols; the state is (tables of the sources, the symbol before last)."""

    def __init__(self, sources, seed=1, sharp=2.0):
        generator = torch.Generator().manual_seed(seed)
        self.tables = sharp * torch.randn(sources, VOCABULARY, VOCABULARY, VOCABULARY, generator=generator)
        self.rows = []

    def state(self, sources=None):
        chosen = torch.arange(len(self.tables)) if sources is None else torch.tensor(sources)
        return chosen, torch.zeros(len(chosen), dtype=torch.int64)

    def step(self, symbols, state):
        sources, before = state
        self.rows.append(len(symbols))
        each = sources.repeat_interleave(len(symbols) // len(sources))
        return self.tables[each, before, symbols], (sources, symbols)

    @staticmethod
    def select(state, sources, rows):
        return state[0][sources], state[1][rows]

    def chance(self, source, symbols, ended=True):
        before, last, total = 0, END, 0.0
        for symbol in [*symbols, END] if ended else symbols:
            total += float(self.tables[source, before, last].log_softmax(-1)[symbol])
            before, last = last, symbol
        return total


def search(chain, sources=None, **how):
    state = chain.state(sources)
    return beam_search(chain.step, chain.select, state, torch.zeros(len(state[0]), dtype=torch.int64), END, **how)


def everything(chain, source, longest):
    """All sequences that end within so many symbols, or are cut there."""
    found = []
    for length in range(longest + 1):
        for symbols in itertools.product(range(1, VOCABULARY), repeat=length):
            if length < longest:
                found.append((chain.chance(source, symbols) / (length + 1), list(symbols)))
            else:
                found.append((chain.chance(source, symbols, False) / length, list(symbols)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_that_holds_everything_finds_the_best(seed):
    chain = Chain(3, seed)
    for source, found in enumerate(search(chain, beam_size=200, max_length=3)):
        expected = everything(chain, source, 3)
        assert [one.symbols for one in found] == [symbols for _, symbols in expected][: len(found)]
        assert len(found) == len(expected)
        for one, (score, symbols) in zip(found, expected, strict=True):
            assert one.score == pytest.approx(score, abs=1e-4)
            assert one.log_probability == pytest.approx(chain.chance(source, symbols, one.ended), abs=1e-4)


def test_a_beam_of_one_takes_the_likeliest_symbol():
    chain = Chain(4)
    for source, (found,) in enumerate(search(chain, beam_size=1, max_length=6)):
        before, last, symbols = 0, END, []
        while len(symbols) < 6:
            symbol = int(chain.tables[source, before, last].argmax())
            if symbol == END:
                break
            symbols.append(symbol)
            before, last = last, symbol
        assert found.symbols == symbols
        assert found.ended == (len(symbols) < 6)


@pytest.mark.parametrize("beam_size", [1, 3])
def test_results_do_not_hang_on_the_batch(beam_size):
    chain = Chain(6)
    how = {"beam_size": beam_size, "max_length": 8}
    together = search(chain, **how)
    assert search(chain, [4, 2, 0, 1, 3, 5], **how) == [together[i] for i in (4, 2, 0, 1, 3, 5)]
    assert [search(chain, [i], **how)[0] for i in range(6)] == together


def test_what_is_done_leaves_the_batch():
    chain = Chain(20, sharp=1.0)
    found = search(chain, beam_size=3, max_length=30)
    assert chain.rows[0] == 20
    assert chain.rows[1] == 60
    assert chain.rows[1:] == sorted(chain.rows[1:], reverse=True)
    assert chain.rows[-1] < 60
    assert all(len(own) == 3 and own == sorted(own, key=lambda one: -one.score) for own in found)


@pytest.mark.parametrize("beam_size", [2, 5])
def test_what_ends_too_early_does_not_end_the_search(beam_size):
    """A network that is sure of a long sequence, and else of an end: what is left over all ends at once."""

    def step(symbols, position):
        scores = torch.full((len(symbols), 9), -20.0)
        scores[:, 8 if position < 7 else END] = 0.0
        scores[:, END] = scores[:, END].clamp(min=-8.0)
        return scores, position + 1

    (found,) = beam_search(step, lambda position, *_: position, 0, torch.tensor([END]), END, beam_size=beam_size)
    assert found[0].symbols == [8] * 7
    assert found[0].log_probability > -0.01
    assert len(found) == beam_size


def test_lengths_are_kept():
    chain = Chain(5)
    assert all(len(one.symbols) >= 4 for own in search(chain, beam_size=2, min_length=4, max_length=9) for one in own)
    limits = torch.tensor([1, 2, 3, 4, 5])
    for limit, own in zip(limits.tolist(), search(chain, beam_size=3, max_length=limits), strict=True):
        assert max(len(one.symbols) for one in own) <= limit
        assert all(one.ended or len(one.symbols) == limit for one in own)
    short, long = (search(chain, beam_size=4, max_length=9, length_penalty=p) for p in (0.0, 3.0))
    assert sum(len(own[0].symbols) for own in short) < sum(len(own[0].symbols) for own in long)
    assert all(2 not in one.symbols for own in search(chain, beam_size=4, max_length=9, barred=[2]) for one in own)
    with pytest.raises(ValueError, match="beam_size: expected at least 1, got 0"):
        search(chain, beam_size=0)


def test_sequences_are_drawn_as_often_as_they_are_likely():
    chain, count = Chain(1, sharp=1.0), 4000
    state = chain.state([0] * count)
    first = torch.zeros(count, dtype=torch.int64)
    generator = torch.Generator().manual_seed(3)
    drawn = sample_sequences(chain.step, chain.select, state, first, END, generator, max_length=3)
    counts = Counter((tuple(one.symbols), one.ended) for one in drawn)
    for (symbols, ended), often in counts.most_common(8):
        p = math.exp(chain.chance(0, symbols, ended))
        assert abs(often / count - p) < 4 * math.sqrt(p / count)
    for one in drawn[:20]:
        assert one.log_probability == pytest.approx(chain.chance(0, one.symbols, one.ended), abs=1e-4)
    cold = sample_sequences(chain.step, chain.select, chain.state([0]), first[:1], END, generator, top_k=1)
    assert cold[0].symbols == search(chain, beam_size=1)[0][0].symbols
