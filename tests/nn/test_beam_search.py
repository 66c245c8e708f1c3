"""Sequences searched for: held to all that there are, one by one and in batches."""

import itertools

import pytest
import torch

from recurra.nn.beam_search import beam_search

END, VOCABULARY = 0, 5


def search(chain, sources=None, **how):
    state = chain.state(sources)
    return beam_search(
        chain.step, chain.reorder_state, state, torch.zeros(len(state[0]), dtype=torch.int64), END, **how
    )


def everything(chain, source, longest):
    """All sequences that end within so many symbols, or are cut there."""
    found = []
    for length in range(longest + 1):
        for symbols in itertools.product(range(1, VOCABULARY), repeat=length):
            if length < longest:
                found.append((chain.log_probability(source, symbols) / (length + 1), list(symbols)))
            else:
                found.append((chain.log_probability(source, symbols, False) / length, list(symbols)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_that_holds_everything_finds_the_best(seed, make_chain):
    chain = make_chain(3, seed)
    for source, found in enumerate(search(chain, beam_size=200, max_length=3)):
        expected = everything(chain, source, 3)
        assert [one.symbols for one in found] == [symbols for _, symbols in expected][: len(found)]
        assert len(found) == len(expected)
        for one, (score, symbols) in zip(found, expected, strict=True):
            assert one.score == pytest.approx(score, abs=1e-4)
            assert one.log_probability == pytest.approx(chain.log_probability(source, symbols, one.ended), abs=1e-4)


def test_a_beam_of_one_takes_the_likeliest_symbol(make_chain):
    chain = make_chain(4)
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
def test_results_do_not_hang_on_the_batch(beam_size, make_chain):
    chain = make_chain(6)
    how = {"beam_size": beam_size, "max_length": 8}
    together = search(chain, **how)
    assert search(chain, [4, 2, 0, 1, 3, 5], **how) == [together[i] for i in (4, 2, 0, 1, 3, 5)]
    assert [search(chain, [i], **how)[0] for i in range(6)] == together


def test_what_is_done_leaves_the_batch(make_chain):
    chain = make_chain(20, sharp=1.0)
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


@pytest.mark.parametrize("seed", range(3))
def test_what_begins_with_a_prefix_is_the_best_of_all_that_does(seed, make_chain):
    chain = make_chain(2, seed)
    prefix = torch.tensor([[3, 1], [2, 2]])
    for source, found in enumerate(search(chain, beam_size=200, max_length=4, prefix=prefix)):
        begin = prefix[source].tolist()
        expected = [one for one in everything(chain, source, 4) if one[1][:2] == begin and len(one[1]) >= 2]
        assert [one.symbols for one in found] == [symbols for _, symbols in expected]
        for one, (score, symbols) in zip(found, expected, strict=True):
            assert one.score == pytest.approx(score, abs=1e-4)
            assert one.log_probability == pytest.approx(chain.log_probability(source, symbols, one.ended), abs=1e-4)


def test_a_prefix_of_what_is_found_anyway_changes_nothing(make_chain):
    chain = make_chain(4)
    for source, (found,) in enumerate(search(chain, beam_size=1, max_length=8)):
        for length in range(len(found.symbols)):
            prefix = torch.tensor([found.symbols[:length]], dtype=torch.int64)
            ((again,),) = search(chain, [source], beam_size=1, max_length=8, prefix=prefix)
            assert again.symbols == found.symbols
            assert again.log_probability == pytest.approx(found.log_probability, abs=1e-5)
    with pytest.raises(ValueError, match=r"prefix: expected \(4, P\), got \(1, 2\)"):
        search(chain, prefix=torch.tensor([[1, 2]]))


def test_lengths_are_kept(make_chain):
    chain = make_chain(5)
    assert all(len(one.symbols) >= 4 for own in search(chain, beam_size=2, min_length=4, max_length=9) for one in own)
    limits = torch.tensor([1, 2, 3, 4, 5])
    for limit, own in zip(limits.tolist(), search(chain, beam_size=3, max_length=limits), strict=True):
        assert max(len(one.symbols) for one in own) <= limit
        assert all(one.ended or len(one.symbols) == limit for one in own)
    short, long = (search(chain, beam_size=4, max_length=9, length_penalty=p) for p in (0.0, 3.0))
    assert sum(len(own[0].symbols) for own in short) < sum(len(own[0].symbols) for own in long)
    assert all(
        2 not in one.symbols for own in search(chain, beam_size=4, max_length=9, suppress_tokens=[2]) for one in own
    )
    with pytest.raises(ValueError, match="beam_size: expected at least 1, got 0"):
        search(chain, beam_size=0)
