import threading
import time

import pytest
import torch

from recurra import LanguageModel
from recurra.nn.counted_draws import CountedDraws
from recurra.serve.errors import ApiError
from recurra.serve.writing.engine import READ_AT_ONCE, Engine
from recurra.serve.writing.text import Prompt, Text


@pytest.fixture
def lm(run):
    return LanguageModel.load(run)


@pytest.fixture
def engine(lm):
    engine = Engine(lm, 4, 8, lambda texts: None)
    yield engine
    engine.stop()


def _text(lm, prompt="the ", length=30, seed=1, **more):
    return Text(lm.detokenizer(prompt), CountedDraws.of(seed), length, **more)


def _prompt(lm, *texts, prompt="the ", **more):
    return Prompt(lm.encode_prompt(prompt)[0].tolist(), texts, **more)


def _wait(*texts, seconds=30):
    until = time.monotonic() + seconds
    while not all(text.is_over for text in texts):
        assert time.monotonic() < until, "a text is not over"
        time.sleep(0.001)


def _written(text):
    return "".join(token.text for token in text.tokens)


def test_texts_are_what_is_written_alone(lm, engine):
    texts = [_text(lm, seed=seed) for seed in range(12)]
    for text in texts:
        engine.add([_prompt(lm, text)])
    _wait(*texts)
    for seed, text in enumerate(texts):
        assert _written(text) == lm.generate("the ", 30, seed=seed)
        assert text.finish == "length"
    assert engine.open == 0


def test_more_texts_than_may_wait_are_refused_all_together(lm, engine):
    texts = [_text(lm, length=10**6) for _ in range(12)]
    engine.add([_prompt(lm, *texts)])
    with pytest.raises(ApiError) as caught:
        engine.add([_prompt(lm, _text(lm)), _prompt(lm, _text(lm))])
    assert (caught.value.status, caught.value.headers) == (429, {"Retry-After": "1"})
    for text in texts:
        text.cancel()
    _wait(*texts)
    assert {text.finish for text in texts} == {"cancelled"}
    last = _text(lm)
    engine.add([_prompt(lm, last)])
    _wait(last)


def test_a_text_that_nobody_reads_is_written_no_more(lm, engine):
    text, beside = _text(lm, length=10**6), _text(lm, length=10**6)
    engine.add([_prompt(lm, text), _prompt(lm, beside)])
    while not text.tokens:
        time.sleep(0.001)
    text.cancel()
    _wait(text)
    count = len(text.tokens)
    before = len(beside.tokens)
    while len(beside.tokens) < before + 10:
        time.sleep(0.001)
    assert len(text.tokens) == count
    beside.cancel()


def test_a_long_prompt_does_not_hold_up_the_others(lm, engine):
    beside = _text(lm, length=10**6)
    engine.add([_prompt(lm, beside)])
    while not beside.tokens:
        time.sleep(0.001)
    before = len(beside.tokens)
    late = _text(lm, prompt="the " * READ_AT_ONCE * 5, length=1)
    engine.add([_prompt(lm, late, prompt="the " * READ_AT_ONCE * 5)])
    _wait(late)
    assert len(beside.tokens) - before >= 15  # of 20 pieces
    beside.cancel()


def test_a_place_is_told_where_it_is_asked_for(lm, engine):
    text, plain = _text(lm, keeps_place=True), _text(lm)
    engine.add([_prompt(lm, text, plain)])
    _wait(text, plain)
    assert text.end.symbol == text.tokens[-1].symbol
    assert plain.end is None
    later = _text(lm, length=0, keeps_place=True)
    engine.add([Prompt([], [later], place=text.end)])
    _wait(later)
    assert later.end.symbol == text.end.symbol
    assert all(map(torch.equal, later.end.state, text.end.state))


def test_a_prompt_that_cannot_be_read_fails_alone(lm, engine, caplog):
    wrong, beside = _text(lm), _text(lm)
    engine.add([Prompt([10_000, 10_000], [wrong]), _prompt(lm, beside)])
    _wait(wrong, beside)
    assert wrong.error is not None
    assert _written(beside) == lm.generate("the ", 30, seed=1)


def test_after_a_fault_the_engine_goes_on(lm, engine, monkeypatch, caplog):
    text = _text(lm)
    fail = threading.Event()
    step = type(engine._writer).step

    def broken(self):
        if not fail.is_set():
            fail.set()
            raise RuntimeError("a fault")
        return step(self)

    monkeypatch.setattr(type(engine._writer), "step", broken)
    engine.add([_prompt(lm, text)])
    _wait(text)
    assert str(text.error) == "a fault"
    after = _text(lm)
    engine.add([_prompt(lm, after)])
    _wait(after)
    assert _written(after) == lm.generate("the ", 30, seed=1)


def test_an_engine_that_is_closed_finishes_what_it_has(lm):
    engine = Engine(lm, 4, 8, lambda texts: None)
    text = _text(lm, length=200)
    engine.add([_prompt(lm, text)])
    engine.close()
    with pytest.raises(ApiError, match="being stopped"):
        engine.add([_prompt(lm, _text(lm))])
    _wait(text)
    assert text.finish == "length"


def test_an_engine_that_is_stopped_gives_up_what_it_has(lm):
    engine = Engine(lm, 1, 8, lambda texts: None)
    texts = [_text(lm, length=10**6) for _ in range(3)]
    for text in texts:
        engine.add([_prompt(lm, text)])
    engine.stop()
    assert {getattr(text.error, "status", None) for text in texts} == {503}
