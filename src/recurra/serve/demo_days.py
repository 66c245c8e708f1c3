"""A table of days of a house with solar cells, made in code: what the demo's generator of series learns from."""

import numpy as np

HEADER = "day,time,sky,temperature,sun,load,grid,heating"
RULES = "time increasing; load = sun + grid; 0 <= sun"
_HOURS = np.arange(24)
_WARM = 12.0  # degrees above which nobody heats


def days(count: int, seed: int = 0) -> str:
    """Make days of 24 hours as a CSV file: temperature, kilowatts of sun and load, the rest from the grid, heating."""
    random = np.random.default_rng(seed)
    rows = [HEADER]
    for day in range(count):
        begin = np.datetime64("2026-01-01") + np.timedelta64(int(random.integers(365)), "D")
        rows += _rows(day, begin, str(random.choice(["clear", "cloudy"])), random)
    return "\n".join(rows) + "\n"


def _rows(day: int, begin: np.datetime64, sky: str, random: np.random.Generator) -> list[str]:
    """The hours of one day: cold at night, sun at noon, and load in the morning and the evening."""
    is_clear = sky == "clear"
    warmth = random.normal(10, 6)
    temperature = warmth - (6 if is_clear else 3) * np.cos((_HOURS - 3) / 24 * 2 * np.pi) + _wander(random, 0.4)
    height = np.clip(np.sin((_HOURS - 6) / 12 * np.pi), 0, None)
    sun = height * (5 if is_clear else 1.5) * random.uniform(0.8, 1) * (1 if is_clear else random.uniform(0.4, 1, 24))
    at_home = np.exp(-(((_HOURS - 7) / 1.5) ** 2)) + 1.5 * np.exp(-(((_HOURS - 19) / 2.5) ** 2))
    is_cold = temperature < _WARM
    load = 0.4 + at_home + 1.2 * is_cold + random.uniform(0, 0.3, 24)
    hours = begin.astype("datetime64[h]") + _HOURS
    sun, load = sun.round(1), load.round(1)
    return [
        f"{day},{str(time).replace('T', ' ')}:00,{sky},{warm:.1f},{shine:.1f},{used:.1f},{used - shine:.1f},"
        f"{'on' if heats else 'off'}"
        for time, warm, shine, used, heats in zip(hours, temperature, sun, load, is_cold, strict=True)
    ]


def _wander(random: np.random.Generator, size: float) -> np.ndarray:
    """A walk of 24 steps of this size that begins at 0."""
    steps: np.ndarray = np.cumsum(random.normal(0, size, 24))
    return steps
