"""Lines of text like those of a file: by likelihood, then against a discriminator; and whether that helped.

The lines are made in code, so that one can see which of the made ones are well formed. It takes about a minute, half of
it for the report.

python examples/07_made_lines.py [YOUR.txt]
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import recurra

PEOPLE = ["man", "woman", "boy", "girl", "dog"]
DOINGS = {"rides": "bike horse", "holds": "ball cup", "watches": "film game", "sits on": "bench chair"}
COLORS = ["red", "green", "old", "small"]


def captions(count: int, seed: int) -> list[str]:
    """Sentences such as "a small dog sits on a red bench ."; each verb has objects of its own."""
    random = np.random.default_rng(seed)
    lines = []
    for _ in range(count):
        verb = str(random.choice(list(DOINGS)))
        thing = random.choice(DOINGS[verb].split())
        person, first, second = random.choice(PEOPLE), *random.choice(COLORS, 2)
        lines.append(f"a {first} {person} {verb} a {second} {thing} .")
    return lines


def main(text: str | None = None, count: int = 2000, **settings: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captions.txt"
        path.write_text("\n".join(captions(count, seed=1)) + "\n")
        small = {"hidden_size": 32, "batch_size": 16, "likelihood_epochs": 6, "epochs": 8, "candidates": 4}
        gan = recurra.TextGAN(**small | settings)
        gan.fit(text or path)

        for temperature in (0.5, 1.0):
            print(f"\n--- temperature {temperature}")
            print("\n".join(gan.sample(4, seed=1, temperature=temperature)))
        print("\n--- going on from a beginning")
        print("\n".join(gan.sample(2, given=["a red dog"], seed=1)))

        report = gan.report(text or path)
        print(f"\n{report.conclusion}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
