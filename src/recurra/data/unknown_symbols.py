"""What is said of the characters or words of a text that a model does not know."""

from collections.abc import Sequence

SHOWN = 5


def notes(what: str, unknown: int, symbols: int, examples: Sequence[str]) -> list[str]:
    """Make a line, or none where all symbols are known.

    Args:
        what: the text.
        unknown: how many of its symbols are unknown.
        symbols: how many there are.
        examples: some of the unknown, as they stand in the text.
    """
    if not unknown:
        return []
    shown = " ".join(map(repr, examples[:SHOWN]))
    return [f"{what}: {unknown:,} of {symbols:,} symbols are unknown ({unknown / symbols:.2%}), such as {shown}"]
