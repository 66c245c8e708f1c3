"""The chapters of the course: found, named, and given as HTML.

In an installed package they lie beside this file, where the build has put them (`wheel.packages` in pyproject.toml);
in a checkout they are those of the documentation.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from recurra.serve.course.outputs import outputs_of
from recurra.serve.course.rendering import render

Language = Literal["en", "zh"]

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parents[3]


@dataclass(frozen=True)
class Chapter:
    """A chapter. name: of its file. title: in its language. html: without the title. has_outputs: whether its code was
    run, so that what it shows stands below it."""

    name: str
    title: str
    html: str
    has_outputs: bool


@cache
def chapters(language: Language) -> dict[str, Chapter]:
    """The chapters of a language by name, in order; none where the package has none."""
    folder = _first(_HERE / language, _CHECKOUT / "docs" / "course" / language)
    pictures = _first(_HERE / "pictures", _CHECKOUT / "build" / "course" / "pictures")
    return {file.stem: _chapter(file, pictures) for file in sorted(folder.glob("[0-9]-*.md"))}


def _first(packed: Path, checked_out: Path) -> Path:
    return packed if packed.is_dir() else checked_out


def _chapter(file: Path, pictures: Path) -> Chapter:
    first, text = file.read_text(encoding="utf-8").split("\n", 1)
    outputs = outputs_of(file.stem, pictures)
    return Chapter(file.stem, first.removeprefix("# "), render(text, outputs), outputs.folder is not None)
