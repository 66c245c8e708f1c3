"""A small table, and settings that learn it in a moment."""

import numpy as np
import pytest
import torch

from recurra.tasks.series_gan.windows import Windows

SMALL = {
    "epochs": 3,
    "pretraining_epochs": 2,
    "epoch_steps": 3,
    "hidden_size": 4,
    "num_layers": 2,
    "critic_size": 8,
    "noise_size": 4,
    "batch_size": 8,
    "mixtures": 2,
    "threads": 1,
    "warmup_steps": 0,
    "seed": 3,
}
RULES = "begin non-decreasing; begin <= end; total = count + cost"


@pytest.fixture(scope="session")
def small():
    return SMALL | {"rules": RULES}


@pytest.fixture(scope="session")
def visits(tmp_path_factory):
    """A file of 12 series of unequal length with context, time stamps, missing cells and columns that rules tie."""
    generator = np.random.default_rng(0)
    rows = ["id,time,shop,price,count,cost,total,begin,end"]
    for number in range(12):
        time = np.datetime64("2024-01-01T00:00:00") + np.timedelta64(int(generator.integers(10**6)), "s")
        shop, begin = "ab"[number % 2], 0
        for _ in range(int(generator.integers(3, 9))):
            time = time + np.timedelta64(int(generator.integers(1, 500)), "s")
            price = "" if generator.uniform() < 0.2 else f"{generator.normal(10, 3):.2f}"
            count, cost = int(generator.integers(50)), round(float(generator.uniform(0, 5)), 1)
            begin += int(generator.integers(1, 3))
            row = [price, count, cost, f"{count + cost:.1f}", begin, begin + int(generator.integers(40))]
            rows.append(",".join(map(str, [number, str(time).replace("T", " "), shop, *row])))
    path = tmp_path_factory.mktemp("visits") / "visits.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def walks():
    """Makes series of six features between 0 and 1: one walks, the others follow it some steps behind."""

    def make(count, seed, shift=0.0, lengths=False):
        generator = np.random.default_rng(seed)
        walk = np.clip(0.5 + shift + np.cumsum(generator.normal(0, 0.1, (count, 17)), 1), 0, 1)
        series = np.stack([walk[:, 5 - lag : 17 - lag] for lag in (1, 2, 3, 4, 5, 0)], -1)  # (N, 12, 6)
        ends = generator.integers(4, 13, count) if lengths else np.full(count, 12)
        return Windows.of([part[:end] for part, end in zip(series, ends, strict=True)])

    return make
