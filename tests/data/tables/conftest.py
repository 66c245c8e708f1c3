"""A table of several series with all kinds of columns, as a file."""

import numpy as np
import pytest

HEADER = "id,time,shop,price,count,cost,total,begin,end"


def mixed_rows(series: int, seed: int = 0) -> list[str]:
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(series):
        moment = np.datetime64("2024-01-01T00:00:00") + np.timedelta64(int(generator.integers(10**6)), "s")
        shop = ["a", "b b", '"c, d"'][generator.integers(3)]
        begin = 0
        for _ in range(int(generator.integers(3, 30))):
            moment = moment + np.timedelta64(int(generator.integers(1, 500)), "s")
            price = "" if generator.uniform() < 0.1 else f"{generator.normal(10, 3):.2f}"
            count, cost = int(generator.integers(50)), round(float(generator.uniform(0, 5)), 1)
            begin += int(generator.integers(3))
            end = begin + int(generator.integers(40))
            time = str(moment).replace("T", " ")
            rows.append(f"{number},{time},{shop},{price},{count},{cost},{count + cost:.1f},{begin},{end}")
    return rows


@pytest.fixture
def mixed(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text("\n".join([HEADER, *mixed_rows(20)]) + "\n")
    return path
