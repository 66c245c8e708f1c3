from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from recurra import DataError
from recurra.data.files.record import require_types


@dataclass
class Inner:
    name: str = "a"


@dataclass
class Record:
    kind: Literal["class", "number"] = "class"
    labels: list[str] = field(default_factory=lambda: ["a"])
    mean: list[float] = field(default_factory=lambda: [1, 2.5])
    sizes: dict[str, int] = field(default_factory=lambda: {"a": 1})
    columns: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    per_step: bool = False
    anything: Any = None
    inner: Inner = field(default_factory=Inner)


def test_a_record_of_the_declared_types_is_taken():
    require_types(Record(group="id", anything=[1]), Path("labels.json"))


WRONG = {
    "kind": ["other", 3, None],
    "labels": ["abc", [1], None, {"a": 1}],
    "mean": [["1"], [True], [float("nan")], [float("inf")], 1.0],
    "sizes": [{"a": 1.5}, {1: 1}, ["a"], {"a": True}],
    "group": [3, ["id"]],
    "per_step": [1, "true", None],
    "inner": [{"name": "a"}, None, Inner(name=3)],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_another_type_is_named_with_its_file(name, value):
    with pytest.raises(DataError, match=r"^labels\.json: expected \w+ to be of type .*, got ") as error:
        require_types(Record(**{name: value}), Path("labels.json"))
    assert "\n" not in str(error.value)


def test_a_long_value_is_cut():
    with pytest.raises(DataError) as error:
        require_types(Record(labels="x" * 10_000), Path("labels.json"))
    assert len(str(error.value)) < 200
