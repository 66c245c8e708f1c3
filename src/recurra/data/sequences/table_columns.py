"""What each column of a table is: the label, a feature, the name of the row's sequence, or nothing to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from recurra.errors import shorten

Form = Literal["steps", "series", "text"]


@dataclass
class TableColumns:
    """What each column of a table is, by name, so that other files are read alike whatever the order of theirs.

    form: "steps", a row is one step of a sequence; "series", a row is a series of one feature; "text", a row is a text.
    features: columns of numbers, in order; none of texts.
    label, group, time, text: columns, or None.
    left_out: columns that nothing is learnt from, and why.
    in_memory: whether they are those of frames in memory, which have features only; what else is in a file is found out
        from each file.
    """

    form: Form
    features: list[str] = field(default_factory=list)
    label: str | None = None
    group: str | None = None
    time: str | None = None
    text: str | None = None
    left_out: dict[str, str] = field(default_factory=dict)
    in_memory: bool = False

    def note(self) -> str:
        """Say which columns are what, in a line."""
        if self.in_memory:
            return f"{'features' if self.form == 'steps' else 'steps of a series'}: {listed(self.features)}"
        label = "none" if self.label is None else f"column {self.label!r}"
        parts = [f"label: {label}"]
        if self.form == "text":
            parts.append(f"text: column {self.text!r}")
        else:
            parts.append(f"{'features' if self.form == 'steps' else 'steps of a series'}: {listed(self.features)}")
        if self.form == "steps":
            whole = "all rows of a file" if self.group is None else f"column {self.group!r}"
            parts.append(f"sequence: {whole}")
        if self.time is not None:
            parts.append(f"order: column {self.time!r}")
        if self.left_out:
            parts.append("left out: " + listed([f"{name!r} ({why})" for name, why in self.left_out.items()]))
        return "; ".join(parts)

    def needed(self, labelled: bool) -> list[str]:
        """The columns that another table must have, by name."""
        others = [self.label if labelled else None, self.group, self.time, self.text]
        return self.features + [name for name in others if name is not None]


def listed(names: Sequence[str], most: int = 8) -> str:
    """Names between commas; of many the first and the last, and how many there are."""
    shown = [name if len(name) <= 40 else repr(shorten(name, 40)) for name in names]
    if len(shown) <= most:
        return ", ".join(shown)
    return f"{', '.join(shown[: most - 2])}, ... {shown[-1]} ({len(shown)} columns)"
