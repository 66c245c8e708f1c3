"""What goes into a tagger's `describe` and comes out of it."""

from collections.abc import Mapping

from recurra.tasks.tagging.label_scheme import LabelColumn
from recurra.training.signature import COUNT, PROBABILITY, TEXT, Schema, Signature, list_of, object_of


def signature(task: str, columns: Mapping[str, LabelColumn]) -> Signature:
    """What goes in and comes out, for the columns of labels by name."""
    sentence = list_of(TEXT | {"pattern": r"\S"}) | {"description": "the words of a sentence"}
    words: dict[str, Schema] = {"words": list_of(TEXT)}
    if len(columns) == 1:
        (column,) = columns.values()
        return Signature(task, sentence, object_of(words | _column(column), optional=["spans"]))
    by_column = {name: object_of(_column(column), optional=["spans"]) for name, column in columns.items()}
    return Signature(task, sentence, object_of(words | {"columns": object_of(by_column)}))


def _column(column: LabelColumn) -> dict[str, Schema]:
    """What is said of a sentence's labels in one column; "spans" is left out of a sentence without words."""
    described = {"labels": list_of(TEXT), "probabilities": list_of(PROBABILITY)}
    if column.spans:
        span = object_of({"type": TEXT, "start": COUNT, "end": COUNT, "probability": PROBABILITY, "text": TEXT})
        described["spans"] = list_of(span)
    return described
