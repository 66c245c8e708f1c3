"""What columns are called in the headers of tables: names that say what a column is, and names that only hint at it."""

import re
from collections.abc import Sequence

LABELS = ("label", "class", "target", "y")
SEQUENCES = ("sequence", "sequence_id", "series_id", "id")
TEXTS = ("text", "sentence")
TIMES = ("time", "timestamp", "datetime", "date", "step")
AXES = ("x", "z")  # beside one of these "y" may be an axis, and is no label unless somebody says so
INDICES = ("index", "idx", "row", "row_id", "rownames", "level_0")  # that number rows, where all their cells differ

# what shows that a line is a header; which column is meant is not guessed from these
_LIKE_LABELS = {*LABELS, "labels", "category", "sentiment", "topic", "intent", "emotion", "polarity", "rating", "stars"}
_LIKE_TEXTS = {*TEXTS, "texts", "review", "comment", "tweet", "message", "content", "body", "question", "document"}
_LIKE_TEXTS |= {"title", "headline", "description", "utterance", "post", "name"}


def usual_labels(names: Sequence[str]) -> Sequence[str]:
    """The usual names of labels; without "y" where it may be an axis or measured: beside x, z or a plain label."""
    small = [name.lower() for name in names]
    plain = [name for name in LABELS if name != "y"]
    return plain if any(name in small for name in (*AXES, *plain)) else LABELS


def are_names(cells: Sequence[str]) -> bool:
    """Whether the first line of a file, which may also be a label and a text, names columns."""
    small = [cell.lower() for cell in cells]
    if len(small) == 2:
        return _name_label_and_text(small) or _name_label_and_text(small[::-1])
    return any(name in small for name in LABELS if name != "y")


def _name_label_and_text(cells: Sequence[str]) -> bool:
    """Whether the first of two cells is what a column of labels is called, and the second what one beside it may be."""
    label, other = cells
    if label in _LIKE_LABELS and other in {*_LIKE_TEXTS, *SEQUENCES}:
        return True
    is_plain = label in LABELS and label != "y"
    return is_plain and re.fullmatch(r"[^\W\d]\w*", other) is not None


def hint(names: Sequence[str]) -> str:
    """How to name columns that look like labels and texts, but have not the names that are known; "" where none do."""
    labels = [name for name in names if name.lower() in _LIKE_LABELS]
    texts = [name for name in names if name.lower() in _LIKE_TEXTS]
    if len(labels) != 1 or len(texts) != 1:
        return ""
    return f"; as in: --label {labels[0]} --text {texts[0]}"
