"""What was read, in a line, so that a person sees at the start of a training whether it is what was meant."""

from collections import Counter
from typing import Any

import numpy as np

from recurra.data.files.mapped_array import Ragged
from recurra.data.files.numbers import is_number
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.errors import quote

_FEW, _MANY = 3, 5  # classes that may be slips; examples that each class has on average where there are many
_SHOWN = 8  # labels; of more the first few


def summary(examples: Examples, answers: Answers) -> str:
    """Say how many sequences there are, how long they are, and what they are to be answered with."""
    count = len(examples)
    noun = "text" if examples.is_text else "sequence"
    inputs = f", such as {quote(examples.inputs[0])}" if examples.is_text else f" of {_sizes(examples.inputs)}"
    several = "" if count == 1 else "s"
    return f"read: {count:,} {noun}{several}{inputs}; {_answers(examples, answers)}"


def odd_classes(examples: Examples, answers: Answers) -> list[str]:
    """Name classes that may be slips: of one example among many, or another one in other letters."""
    if answers.kind != "class":
        return []
    notes = [
        f"classes {' and '.join(map(repr, alike))} are written alike, and are taken as different"
        for alike in _alike(answers.labels)
    ]
    return notes[:_FEW] if answers.per_step else notes[:_FEW] + _rare(examples)


def _alike(labels: list[Any]) -> list[list[Any]]:
    """Labels that are the same number, or differ in capitals only."""
    groups: dict[Any, list[Any]] = {}
    for label in labels:
        if isinstance(label, str):
            key = float(label) if is_number(label) else label.casefold().strip()
            groups.setdefault(key, []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def _rare(examples: Examples) -> list[str]:
    """Name classes of one example among many."""
    known = list(examples.required_answers())
    counts = Counter(known)
    single = [i for i, label in enumerate(known) if counts[label] == 1]
    if not single or len(single) > _FEW or len(known) < _MANY * len(counts):
        return []
    return [f"only one example of class {known[i]!r}: {examples.where(i)}" for i in single]


def _sizes(inputs: Any) -> str:
    """How many steps and features sequences have."""
    if isinstance(inputs, np.ndarray):
        shortest = longest = inputs.shape[1]
    else:
        lengths = inputs.lengths if isinstance(inputs, Ragged) else [len(x) for x in inputs]
        shortest, longest = int(min(lengths)), int(max(lengths))
    steps = f"{shortest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
    features = inputs[0].shape[-1]
    return f"{steps} step{'' if longest == 1 else 's'}, {features:,} feature{'' if features == 1 else 's'}"


def _answers(examples: Examples, answers: Answers) -> str:
    """What the answers are."""
    each = "at every step " if answers.per_step else ""
    if answers.kind == "number":
        count = len(answers.mean)
        return f"{each}{'a number' if count == 1 else f'{count} numbers'} to be met"
    names = ", ".join(str(label)[:40] for label in answers.labels[:_SHOWN])
    more = ", ..." if len(answers.labels) > _SHOWN else ""
    kind = "classes" if answers.kind == "class" else "labels, any of them at once"
    return f"{each}{len(answers.labels):,} {kind}: {names}{more}"
