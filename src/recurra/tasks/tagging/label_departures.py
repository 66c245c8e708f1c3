"""What to tell a person of labels that are written otherwise than most: each kind with its first place."""

from collections.abc import Sequence

from recurra.data.sentences.notation import Departure, Notation
from recurra.data.sentences.sentences import Sentences
from recurra.errors import quote

_MOST = 5  # labels that are named


def notes(sentences: Sentences, name: str, notation: Notation) -> list[str]:
    """Tell of the labels of a column that are not as its notation writes them, a line for each kind.

    Labels that are of no span, or are written in another form, are named one by one; labels that break the scheme where
    they stand are one kind.
    """
    labels = sentences.labels[name]
    departures = notation.departures(labels) if notation.spans else []
    if not departures:
        return []
    count = sum(map(len, labels))
    kinds: dict[str, list[Departure]] = {}  # by label; "" are labels that break the scheme
    for departure in departures:
        kinds.setdefault("" if notation.is_label(departure.label) else departure.label, []).append(departure)
    broken = kinds.pop("", [])
    odd = sorted(kinds.values(), key=len, reverse=True)
    lines = [_line(sentences, name, of_label, "is no span label", count) for of_label in odd[:_MOST]]
    if len(odd) > _MOST:
        lines.append(f"{len(odd) - _MOST} more labels are no span labels, {_first(sentences, odd[_MOST:])}")
    if broken:
        lines.append(_line(sentences, name, broken, f"is not as {notation.scheme} has it", count))
    return lines


def _line(sentences: Sentences, name: str, departures: Sequence[Departure], what: str, count: int) -> str:
    """The first of a kind, and how many there are."""
    first = departures[0]
    place = sentences.word_name(first.sentence, first.word)
    column = f" of {name}" if len(sentences.labels) > 1 else ""
    share = f"{len(departures):,} of {count:,} labels"
    return f"{place}: label {quote(first.label)}{column} {what}; {share}; read as {quote(first.read)}"


def _first(sentences: Sentences, kinds: Sequence[Sequence[Departure]]) -> str:
    first = kinds[0][0]
    return f"such as {quote(first.label)} at {sentences.word_name(first.sentence, first.word)}"
