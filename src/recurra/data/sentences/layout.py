"""Where the words and the labels of sentences stand in a file, so that other files are read as the first one was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recurra.errors import DataError

WORD = "word"  # what the words are called among columns


@dataclass(frozen=True)
class Layout:
    """Where words and labels stand.

    format: "columns", "conllu" or "json". word: the column of the words, by number from 1, or a field. labels: by the
    name of each column of labels the same; nothing where there are none. by_default: whether nobody chose these.
    """

    format: str
    word: str
    labels: Mapping[str, str] = field(default_factory=dict)
    by_default: bool = True

    def title(self, column: str) -> str:
        """What a person calls a column: "column 2", "field upos"; of JSON nothing, where it is named by itself."""
        kinds = {"columns": "column", "conllu": "field"}
        return f"{kinds[self.format]} {column}" if self.format in kinds else ""

    def to_json(self) -> dict[str, Any]:
        """Give plain values, the arguments of this class."""
        return asdict(self) | {"labels": dict(self.labels)}


def parse_columns(text: str) -> dict[str, str]:
    """Read which columns are meant: "3", "2,3" or "word=1,pos=2,chunk=3"; by name where they have one, as they stand.

    Raises:
        DataError: two are of the same name, or one is empty.
    """
    columns: dict[str, str] = {}
    for part in filter(None, text.replace(" ", "").split(",")):
        name, _, column = part.rpartition("=")
        if not column or (name or column) in columns:
            raise DataError(f"columns: expected such as 3, 2,3 or pos=2,chunk=3, got {text!r}")
        columns[name or column] = column
    return columns
