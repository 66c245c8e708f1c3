"""Readers are told at once of the first and the last symbol of a text, and of those between as they gather."""

import asyncio

import pytest

from recurra.nn.counted_draws import CountedDraws
from recurra.serve.writing import notices
from recurra.serve.writing.notices import GATHERING, Notices
from recurra.serve.writing.text import Text


class Loop:
    """Counts how often it is asked, and looks when it is told to."""

    def __init__(self):
        self.asked = []

    def call_soon_threadsafe(self, look):
        self.asked.append(look)

    def look(self):
        asked, self.asked = self.asked, []
        for look in asked:
            look()
        return len(asked)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for what is added to its only number."""
    now = [100.0]
    monkeypatch.setattr(notices.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def text():
    return Text(pieces=None, draws=CountedDraws.of(1), length=10)


def _is_told(text):
    is_told = text.changed.is_set()
    text.changed.clear()
    return is_told


def test_the_first_symbol_is_told_at_once_and_others_gather(clock, text):
    loop = Loop()
    told = Notices(loop)
    told.send([text])
    assert (loop.look(), _is_told(text)) == (1, True)
    for _ in range(3):
        told.send([text])
        assert loop.look() == 0
    clock[0] += GATHERING
    told.send([text])
    assert (loop.look(), _is_told(text)) == (1, True)


def test_the_end_is_told_at_once(clock, text):
    loop = Loop()
    told = Notices(loop)
    told.send([text])
    loop.look()
    assert _is_told(text)
    text.finish = "length"
    told.send([text])
    assert (loop.look(), _is_told(text)) == (1, True)


def test_a_text_that_begins_takes_others_along(clock, text):
    loop, other = Loop(), Text(pieces=None, draws=CountedDraws.of(2), length=10)
    told = Notices(loop)
    told.send([text])
    loop.look()
    assert _is_told(text)
    told.send([text])
    told.send([text, other])
    assert loop.look() == 1
    assert _is_told(text)
    assert _is_told(other)


def test_the_loop_is_asked_once_however_many_texts_change(clock, text):
    loop, others = Loop(), [Text(pieces=None, draws=CountedDraws.of(n), length=10) for n in range(5)]
    told = Notices(loop)
    for other in others:
        told.send([text, other])
    assert len(loop.asked) == 1
    loop.look()
    assert all(map(_is_told, [text, *others]))


def test_where_the_loop_is_closed_nobody_is_told(text):
    loop = asyncio.new_event_loop()
    loop.close()
    Notices(loop).send([text])
    assert not text.changed.is_set()
