"""Figures as files: a page that needs no network, SVG, or PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recurra.data.files import atomic
from recurra.errors import DataError, quote
from recurra.figures.page import Section, page

if TYPE_CHECKING:
    import altair

FORMATS = (".html", ".svg", ".png")

_SCALE_OF_PNG = 2  # pixels of the file for a pixel of the figure


def save(figure: "altair.TopLevelMixin", path: Path) -> None:
    """Write a figure.

    Args:
        figure: of this module, or any chart of Altair.
        path: ends in .html (one file that needs no network), .svg or .png.

    Raises:
        DataError: it ends in something else, or cannot be written.
    """
    require_format(path)
    suffix = path.suffix.lower()
    if suffix == ".html":
        title = getattr(figure, "title", None)
        save_page(title if isinstance(title, str) else "Figure", [Section(figures={"figure": (figure, "")})], path)
        return
    with atomic.replacing(path) as aside:
        if suffix == ".svg":
            figure.save(str(aside), format="svg")
        else:
            figure.save(str(aside), format="png", scale_factor=_SCALE_OF_PNG)


def save_page(title: str, sections: Sequence[Section], path: Path) -> None:
    """Write a page of sections, a file that needs no network; a page half written never stands under its name.

    Args:
        title, sections: see `recurra.figures.page.page`.
        path: of the file.

    Raises:
        DataError: it cannot be written.
    """
    atomic.write_text(path, page(title, sections))


def save_each(figures: Mapping[str, "altair.TopLevelMixin"], folder: Path) -> None:
    """Write each figure as SVG and as PNG, under its name, into a folder, which is made where there is none.

    Raises:
        DataError: the folder, or a file in it, cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: expected a folder that can be written, got: {error.strerror or error}") from error
    for name, figure in figures.items():
        for suffix in (".svg", ".png"):
            save(figure, folder / f"{name}{suffix}")


def require_format(path: Path) -> None:
    """Refuse a name that no figure can be written to.

    Raises:
        DataError: names the endings that there are.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path}: expected a picture's name, which ends in {' or '.join(FORMATS)}, got {quote(path.suffix)}"
        )
