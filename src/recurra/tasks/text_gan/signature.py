"""What goes into `describe` of a generator of text and comes out of it."""

from collections.abc import Sequence

from recurra.training.signature import TEXT, Signature, default, object_of


def signature(task: str, labels: Sequence[str]) -> Signature:
    """What goes in and comes out."""
    options = {
        "length": default({"type": ["integer", "null"], "minimum": 1}, None),
        "temperature": default({"type": "number", "minimum": 1e-6, "maximum": 1e6}, 1.0),
        "seed": default({"type": ["integer", "null"], "minimum": 0, "maximum": 2**32 - 1}, None),
    }
    if labels:
        options["label"] = default({"enum": [None, *labels]}, None)
    beginning = TEXT | {"description": "what a line begins with"}
    return Signature(task, beginning, object_of({"given": TEXT, "line": TEXT}), options)
