"""Memory in words."""

from recurra.explain.memory.outcomes import LossCurve
from recurra.explain.memory.probe import Probe
from recurra.explain.memory.result import Memory

PROBE = Probe([0, 1, 2], [1.0, 0.6, 0.22], [0.2, 0.2, 0.2], is_symbols=True)
UNTRAINED = Probe([0, 1, 2], [0.9, 0.3, 0.2], [0.2, 0.2, 0.2], is_symbols=True)


def made(length, probe=PROBE):
    curve = LossCurve([1, 2, 4, 8], [2.0, 1.5, 1.01, 1.0], 1.0, length)
    return Memory(curve, "nats a token", "symbol", probe, probe and UNTRAINED)


def test_verdicts():
    assert made(4).verdict == "The network uses the last 4 symbols: with these its loss is 1.01, with all 1."
    assert made(8).verdict == (
        "The network uses the last 8 symbols (there were no more): with these its loss is 1, with all 1."
    )
    assert made(1).verdict == "The network uses no more than the last symbol: it has no memory that helps it."
    assert made(None).verdict == "The network uses more than the last 8 symbols."


def test_the_probe_is_said_beside_the_untrained_one():
    one = made(4)
    assert one.reach == 1
    assert "1: 0.60 (0.30, 0.20)" in one.lines()[1]
    assert one.numbers()["probe"]["untrained"] == [0.9, 0.3, 0.2]


def test_without_a_probe():
    one = made(4, None)
    assert one.reach is None
    assert len(one.lines()) == 1
    assert "probe" not in one.numbers()
