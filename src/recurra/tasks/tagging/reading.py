"""What a tagger reads of its data, in a line, so that a person sees a wrong column before anything is learnt."""

from collections import Counter
from collections.abc import Iterable, Mapping

from recurra.data.sentences.sentences import Sentences
from recurra.tasks.tagging.label_scheme import LabelColumn

_EXAMPLES = 2
_LONGEST = 40  # characters of an example


def what_is_read(sentences: Sentences, columns: Mapping[str, LabelColumn]) -> str:
    """Say which columns words and labels are read from, with examples, how labels are written, and how many there are.

    Such as "words: column 2 (Ann, went, ...); labels: column 3 (O, B-PER, ...), IOB2, 4 types, 24,000 sentences".
    """
    layout = sentences.layout
    words = _examples(word for words in sentences.words for word in words)
    parts = [f"words: {_with_place(layout.title(layout.word) if layout else '', words)}"]
    for name, column in columns.items():
        of = f" of {name}" if len(columns) > 1 else ""
        counts = Counter(label for labels in sentences.labels[name] for label in labels)
        place = layout.title(layout.labels[name]) if layout and name in layout.labels else ""
        shown = _with_place(place, _examples(label for label, _ in counts.most_common(_EXAMPLES + 1)))
        parts.append(f"labels{of}: {shown}, {_kinds(column, len(counts))}")
    return f"{'; '.join(parts)}, {_count(len(sentences), 'sentence')}"


def _with_place(place: str, examples: str) -> str:
    return f"{place} {examples}" if place else examples


def _examples(texts: Iterable[str]) -> str:
    """The first different texts, in brackets."""
    different: dict[str, None] = {}
    for text in texts:
        different[text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."] = None
        if len(different) > _EXAMPLES:
            return f"({', '.join(list(different)[:_EXAMPLES])}, ...)"
    return f"({', '.join(different)})"


def _kinds(column: LabelColumn, labels: int) -> str:
    """The scheme and how many types there are; of plain labels how many."""
    return f"{column.scheme}, {_count(len(column.types()), 'type')}" if column.spans else _count(labels, "label")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
