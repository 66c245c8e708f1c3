"""labels.json of a classifier or a regressor: what its answers and its inputs are."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.table_columns import TableColumns

_WHAT = "what the answers of a run are"


@dataclass(frozen=True)
class LabelsFile:
    """What the file holds.

    answers: what they can be. shape: how many "features" a step has, 0 of texts, and how many are "marked" where they
    are missing. sampling_rate: of recordings, in Hz. columns: of tables. target_names: of the columns of answers.
    ranges: the lowest and the highest number of each feature that was learnt from; None of texts, and in older files.
    """

    answers: Answers
    shape: dict[str, int]
    sampling_rate: int | None = None
    columns: TableColumns | None = None
    target_names: list[str] | None = None
    ranges: list[list[float]] | None = None

    def write(self, file: Path) -> None:
        """Write the file, without what is not there."""
        content: dict[str, Any] = {"answers": self.answers.to_json(), "inputs": self.shape}
        if self.sampling_rate is not None:
            content["sampling_rate"] = self.sampling_rate
        if self.columns is not None:
            content["columns"] = asdict(self.columns)
        if self.target_names is not None:
            content["target_names"] = self.target_names
        if self.ranges is not None:
            content["ranges"] = self.ranges
        atomic.write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, file: Path, per_step: bool) -> "LabelsFile":
        """Read the file.

        Args:
            file: where it is.
            per_step: whether the settings ask for an answer at every step.

        Raises:
            DataError: it is missing or broken, or its answers are not as the settings say.
        """
        with record.reading(file, _WHAT):
            content = read_json(file, _WHAT)
            columns = TableColumns(**content["columns"]) if "columns" in content else None
            labels = cls(
                Answers.from_json(content["answers"]),
                content["inputs"],
                content.get("sampling_rate"),
                columns,
                content.get("target_names"),
                content.get("ranges"),
            )
            labels._require_whole(file, per_step)
        return labels

    def _require_whole(self, file: Path, per_step: bool) -> None:
        names = self.target_names
        are_texts = names is None or (isinstance(names, list) and all(isinstance(name, str) for name in names))
        record.require(are_texts, file, "names of the columns of answers")
        record.require(isinstance(self.sampling_rate, int | None), file, "a sampling rate in Hz")
        self.answers.require_valid(file)
        is_alike = self.answers.per_step == per_step
        record.require(is_alike, file, "answers at every step where the settings say so")
        sizes = [self.shape["features"], self.shape["marked"]]
        record.require(all(type(size) is int and size >= 0 for size in sizes), file, "numbers of features")
        record.require(self.ranges is None or _are_ranges(self.ranges, sizes[0]), file, "two numbers of each feature")
        if self.columns is not None:
            record.require_types(self.columns, file)


def _are_ranges(ranges: Any, features: int) -> bool:
    """Whether these are the lowest and the highest number of each feature."""
    if not isinstance(ranges, list) or len(ranges) != features:
        return False
    return all(
        isinstance(each, list)
        and len(each) == 2
        and all(isinstance(number, int | float) and np.isfinite(number) for number in each)
        and each[0] <= each[1]
        for each in ranges
    )
