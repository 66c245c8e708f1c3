"""What goes into a tagger's `describe` and comes out of it."""

from collections.abc import Mapping

from recurra.tasks.tagging.label_scheme import LabelColumn
from recurra.training.signature import (
    COUNT,
    NUMBER,
    PROBABILITY,
    TEXT,
    Schema,
    Signature,
    default,
    either,
    list_of,
    object_of,
)

N_BEST_MOST = 20  # ways to label a sentence
TOP_LABELS_MOST = 100  # labels of a word


def signature(task: str, columns: Mapping[str, LabelColumn]) -> Signature:
    """What goes in and comes out, for the columns of labels by name."""
    text = object_of({"text": TEXT}) | {"description": "a sentence as a text, whose words are found"}
    words = list_of(TEXT | {"pattern": r"\S"}) | {"description": "the words of a sentence"}
    options = {
        "n_best": default({"type": "integer", "minimum": 1, "maximum": N_BEST_MOST}, 1),
        "top_labels": default({"type": "integer", "minimum": 0, "maximum": TOP_LABELS_MOST}, 0),
    }
    return Signature(task, either(text, words), _output(columns), options)


def _output(columns: Mapping[str, LabelColumn]) -> Schema:
    """What is said of a sentence: in its only column, or by column."""
    sentence: dict[str, Schema] = {"text": TEXT, "offsets": list_of(list_of(COUNT, 2)), "words": list_of(TEXT)}
    sentence["unknown"] = list_of(COUNT)
    optional = ["text", "offsets"]
    by_column = {name: _column(column) for name, column in columns.items()}
    if len(columns) == 1:
        (of_column,) = by_column.values()
        return object_of(sentence | of_column, [*optional, *_OPTIONAL])
    described = {name: object_of(of_column, _OPTIONAL) for name, of_column in by_column.items()}
    return object_of(sentence | {"columns": object_of(described)}, optional)


_OPTIONAL = ("spans", "top_labels", "paths")  # of a column: where they are asked for, and a sentence has words


def _column(column: LabelColumn) -> dict[str, Schema]:
    """What is said of a sentence's labels in one column; labels of no span, and types of spans, are listed."""
    label = TEXT if column.spans else TEXT | {"enum": column.labels}
    top_label = object_of({"label": label, "probability": PROBABILITY})
    path = {"labels": list_of(label), "log_probability": NUMBER | {"maximum": 0}}
    described = {"labels": list_of(label), "probabilities": list_of(PROBABILITY)}
    if column.spans:
        span = {"type": TEXT | {"enum": column.types()}, "start": COUNT, "end": COUNT}
        path["spans"] = list_of(object_of(span))
        described["spans"] = list_of(object_of(span | {"probability": PROBABILITY, "text": TEXT}))
    return described | {"top_labels": list_of(list_of(top_label)), "paths": list_of(object_of(path))}
