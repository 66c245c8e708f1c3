"""Sequence to sequence, on pairs made in code: numbers written backwards, and dates into ISO form.

Each trains in less than a minute. The first shows what attention is for: without it, all that the decoder knows
of the number is the encoder's last state.

python examples/05_translation.py
"""

import datetime
from typing import Any

import numpy as np

import recurra

MONTHS = [datetime.date(2000, month, 1).strftime("%B") for month in range(1, 13)]
SMALL = {"tokenizer": "char", "cell": "gru", "hidden_size": 128, "embedding_size": 64}
SURE = {
    "batch_tokens": 1000,
    "dropout": 0.0,
    "token_dropout": 0.0,
    "label_smoothing": 0.0,
    "average_decay": 0.99,
    "learning_rate": 5e-3,
}


def numbers(count: int, digits: int, seed: int, fewest: int = 1) -> tuple[list[str], list[str]]:
    """Numbers of so many digits, and the same written backwards."""
    random = np.random.default_rng(seed)
    lengths = random.integers(fewest, digits + 1, size=count)
    texts = ["".join(map(str, random.integers(10, size=length))) for length in lengths]
    return texts, [text[::-1] for text in texts]


def dates(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Dates as people write them, in five ways, and in ISO form."""
    random = np.random.default_rng(seed)
    sources, targets = [], []
    for day in random.integers(datetime.date(1950, 1, 1).toordinal(), datetime.date(2050, 1, 1).toordinal(), count):
        date = datetime.date.fromordinal(int(day))
        month = MONTHS[date.month - 1]
        ways = (
            f"{date.day} {month} {date.year}",
            f"{month} {date.day}, {date.year}",
            f"{date.day}.{date.month}.{date.year}",
            f"{month[:3]} {date.day} {date.year}",
            f"{date:%A}, {date.day} {month[:3]}. {date.year}",
        )
        sources.append(str(random.choice(ways)))
        targets.append(date.isoformat())
    return sources, targets


def exact(translator: recurra.Translator, texts: list[str], right: list[str]) -> float:
    """The share of answers that are right throughout."""
    return float(np.mean([a == b for a, b in zip(translator.translate(texts), right, strict=True)]))


def main(count: int = 80_000, digits: int = 20, **settings: Any) -> None:
    for attention in ("general", "none"):
        translator = recurra.Translator(**SMALL | SURE | {"attention": attention, "epochs": 2} | settings)
        translator.fit(*numbers(count, digits, seed=1), valid=numbers(200, digits, seed=2))
        right = exact(translator, *numbers(500, digits, seed=3, fewest=digits))
        print(f"{digits} digits backwards, attention {attention}: {right:.1%} right throughout")
    translator = recurra.Translator(**SMALL | SURE | {"epochs": 6} | settings)
    translator.fit(*dates(count // 8, seed=1), valid=dates(200, seed=2))
    print(f"dates into ISO form: {exact(translator, *dates(500, seed=3)):.1%} right throughout")
    for text in ("3 March 2026", "Friday, 13 Nov. 1981"):
        print(f"    {text} -> {translator.translate(text)}")


if __name__ == "__main__":
    main()
