import numpy as np

from recurra.nn.counted_draws import CountedDraws


def _numbers(draws, count):
    return [draws.uniform() for _ in range(count)]


def test_numbers_are_those_of_splitmix64():
    # the first three outputs of the published program for seed 1234567 (Vigna, splitmix64.c)
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert _numbers(CountedDraws(1234567), 3) == [(output >> 11) * 2.0**-53 for output in outputs]


def test_numbers_are_uniform():
    numbers = np.array(_numbers(CountedDraws.of(1), 20_000))
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 45  # chi-square of 19 degrees of freedom: p = 0.0007
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 4 / np.sqrt(20_000)


def test_a_stream_goes_on_from_its_count():
    whole = CountedDraws.of(7)
    numbers = _numbers(whole, 10)
    assert _numbers(CountedDraws(whole.seed, 4), 6) == numbers[4:]


def test_seeds_and_streams_differ():
    seen = {tuple(_numbers(CountedDraws.of(seed, stream), 3)) for seed in range(30) for stream in range(30)}
    assert len(seen) == 900
    assert CountedDraws.of(3, 1) == CountedDraws.of(3, 1)


def test_without_a_seed_nothing_repeats():
    assert CountedDraws.of(None) != CountedDraws.of(None)
