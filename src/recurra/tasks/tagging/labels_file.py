"""labels.json of a tagger: its columns of labels, and where they stand in files."""

import json
from dataclasses import dataclass
from pathlib import Path

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.sentences.layout import Layout
from recurra.tasks.tagging.label_scheme import LabelColumn

_WHAT = "what the labels of a run are"
_MOST_LABELS = 10_000  # of a column; a CRF has a number for each pair


@dataclass(frozen=True)
class LabelsFile:
    """What the file holds: the columns of labels by name, and the layout of the files that were learnt from."""

    columns: dict[str, LabelColumn]
    layout: Layout | None

    def write(self, file: Path) -> None:
        """Write the file."""
        content = {
            "layout": self.layout.to_json() if self.layout else None,
            "columns": {name: column.to_json() for name, column in self.columns.items()},
        }
        atomic.write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, file: Path) -> "LabelsFile":
        """Read the file.

        Raises:
            DataError: it is missing or broken.
        """
        with record.reading(file, _WHAT):
            content = read_json(file, _WHAT)
            layout = Layout(**content["layout"]) if content["layout"] else None
            columns = {name: LabelColumn.from_json(column) for name, column in content["columns"].items()}
            record.require(bool(columns), file, "a column of labels")
            if layout is not None:
                record.require_types(layout, file)
            for column in columns.values():
                _require_whole(column, file)
        return cls(columns, layout)


def _require_whole(column: LabelColumn, file: Path) -> None:
    record.require_types(column, file)
    count = len(column.labels)
    fits = 1 <= count <= _MOST_LABELS and len(set(column.labels)) == count
    record.require(fits, file, f"1 to {_MOST_LABELS:,} labels, each once")
    column.allowed()  # raises where a label is of no scheme
