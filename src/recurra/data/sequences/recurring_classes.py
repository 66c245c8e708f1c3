"""Classes that hardly ever come twice: another column than that of the labels was read, or texts as labels."""

from collections.abc import Sequence

from recurra.data.files.numbers import is_number
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError, shorten

_UNIQUE = 0.9  # of the examples have a class of their own: these are no classes
_MANY, _SOME = 20, 4  # examples from which this is certain, and those where the texts come again instead
_WORDS = 0.5  # of the labels have several words: they look like texts


def require(examples: Examples, answers: Answers) -> list[str]:
    """Refuse answers of a file that are no classes, since nearly each is another one.

    Args:
        examples: what is learnt from.
        answers: what was found out of their answers.

    Returns:
        What is to be said where they may be classes, but look like texts.

    Raises:
        DataError: nearly every example is a class of its own; says how to name the right column.
    """
    if answers.kind != "class" or answers.per_step or not examples.source:
        return []
    count, different = len(examples), len(answers.labels)
    are_swapped = examples.is_text and 2 * len(set(examples.inputs)) <= count
    if different >= _UNIQUE * count and count >= (_SOME if are_swapped else _MANY):
        shown = ", ".join(repr(shorten(str(label), 30)) for label in answers.labels[:2])
        got = f"got {different:,} different ones in {count:,} examples, such as {shown}"
        raise DataError(f"{examples.source}: expected classes that come again, {got}; {_advice(examples, answers)}")
    if _is_headless(examples) and _look_like_texts(list(map(str, answers.labels)), examples.inputs):
        return [f"{examples.source}: the labels look like texts, and the texts like labels: {_FIRST_LINE}"]
    if 2 * different > count >= _MANY:
        return [f"{examples.source}: {different:,} classes in {count:,} examples: hardly any can be learnt"]
    return []


_FIRST_LINE = "if texts stand before labels, say so in a first line: text<TAB>label"


def _is_headless(examples: Examples) -> bool:
    """Whether these are texts of a file whose columns nobody has named."""
    return examples.is_text and examples.columns is None


def _advice(examples: Examples, answers: Answers) -> str:
    if all(is_number(str(label)) for label in answers.labels) and not _is_headless(examples):
        return "a regressor learns numbers; or --label NAME names another column"
    if _is_headless(examples):
        return _FIRST_LINE
    return "--label NAME names the column of the labels"


def _look_like_texts(labels: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether most labels have several words and the texts are few and of one word each."""
    several = sum(" " in label for label in labels)
    return several > _WORDS * len(labels) and len(set(texts)) < len(texts) and not any(" " in text for text in texts)
