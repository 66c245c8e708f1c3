"""What is said of the characters or words of a text that a model does not know."""

from collections.abc import Iterable, Sequence

from recurra.data.text.tokenizers import Tokenizer

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


def notes_of(what: str, texts: Iterable[str], tokenizer: Tokenizer) -> list[str]:
    """Count the unknown symbols of texts, and make a line of it, or none."""
    if tokenizer.unknown is None:
        return []
    unknown, symbols, examples = 0, 0, dict[str, None]()
    for text in texts:
        numbers = tokenizer.encode(text)
        unknown += int((numbers == tokenizer.unknown).sum())
        symbols += len(numbers)
        if len(examples) < SHOWN:
            examples |= dict.fromkeys(tokenizer.unknown_of(text, numbers))
    return notes(what, unknown, symbols, list(examples))
