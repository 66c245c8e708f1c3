"""Which columns of a table a person has named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnNames:
    """Which columns a person has named; "" where the reader is to find out.

    label, group, time, text: what is to be answered, the sequence that a row is a step of, what orders the steps of a
        sequence, and the text of a row.
    ignore: columns to leave out, between commas.
    per_step: whether the label may change from step to step.
    """

    label: str = ""
    group: str = ""
    time: str = ""
    text: str = ""
    ignore: str = ""
    per_step: bool = False

    @property
    def ignored(self) -> list[str]:
        """The columns to leave out, by name."""
        return [name.strip() for name in self.ignore.split(",") if name.strip()]


NONE_NAMED = ColumnNames()
