"""A table of time series like that of a CSV file: the same columns and types, and rules that every made row keeps.

The table is made in code: hours of some machines, with a time stamp, a kind, what was bought, what was sold and what is
left of it. It takes less than a minute; a generator that is to be good takes some more.

python examples/08_made_series.py
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import recurra
from recurra.data.tables.rules import parse_rules

RULES = "time increasing; bought = sold + left; 0 <= sold <= 100"
HEADER = "shop,time,kind,bought,sold,left"


def shops(count: int, seed: int) -> str:
    """A table of shops, 24 hours of each: what is sold follows the time of day."""
    random = np.random.default_rng(seed)
    rows = [HEADER]
    for shop in range(count):
        kind = str(random.choice(["food", "books"]))
        begin = np.datetime64("2026-03-01T00:00") + np.timedelta64(int(random.integers(300)), "D")
        for hour in range(24):
            busy = np.sin(hour / 24 * np.pi) * (60 if kind == "food" else 20)
            sold = round(float(np.clip(busy + random.normal(0, 5), 0, 100)), 1)
            left = round(float(random.uniform(0, 10)), 1)
            time = str(begin + np.timedelta64(hour, "h")).replace("T", " ")
            rows.append(f"{shop},{time},{kind},{sold + left:.1f},{sold},{left}")
    return "\n".join(rows) + "\n"


def main(count: int = 100, **settings: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "shops.csv", Path(folder) / "made.csv"
        data.write_text(shops(count, seed=1))
        small = {"hidden_size": 16, "pretraining_epochs": 2, "epochs": 4, "epoch_steps": 100}
        generator = recurra.TimeSeriesGAN(group="shop", rules=RULES, **small | settings)
        generator.fit(data)

        generator.write_samples(generator.sample(3, seed=1), out)
        print("\n--- three made shops, some rows")
        print("\n".join(out.read_text().splitlines()[:8]))

        many = generator.sample(500, seed=2)
        for rule in parse_rules(RULES):
            print(f"{rule}: broken in {int(rule.violations(many).sum())} of {len(many.cells):,} made rows")

        beginning = Path(folder) / "morning.csv"
        beginning.write_text("\n".join(shops(1, seed=2).splitlines()[:7]) + "\n")  # six hours of a new shop
        day = generator.sample(1, given=beginning, length=24, seed=3)
        print("\n--- a day that goes on from six hours, the last rows")
        print("\n".join(day.csv().splitlines()[-3:]))


if __name__ == "__main__":
    main()
