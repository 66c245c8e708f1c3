"""Figures as files: a page that needs no network, SVG, or PNG."""

import json
from contextlib import suppress
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.errors import DataError, quote

if TYPE_CHECKING:
    import altair

FORMATS = (".html", ".svg", ".png")

_SCALE_OF_PNG = 2  # pixels of the file for a pixel of the figure
_END = "\n// end\n"  # of the file that keeps the JavaScript

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font-family: sans-serif; margin: 2em">
<div id="figure"></div>
<script type="text/javascript">{bundle}</script>
<script type="text/javascript">
const actions = {{export: true, source: false, compiled: false, editor: false}};
vegaEmbed("#figure", {figure}, {{mode: "vega-lite", actions}});
</script>
</body>
</html>
"""


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
    with atomic.replacing(path) as aside:
        if suffix == ".html":
            aside.write_text(_page(figure), encoding="utf-8")
        elif suffix == ".svg":
            figure.save(str(aside), format="svg")
        else:
            figure.save(str(aside), format="png", scale_factor=_SCALE_OF_PNG)


def require_format(path: Path) -> None:
    """Refuse a name that no figure can be written to.

    Raises:
        DataError: names the endings that there are.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path}: expected a picture's name, which ends in {' or '.join(FORMATS)}, got {quote(path.suffix)}"
        )


def _page(figure: "altair.TopLevelMixin") -> str:
    """A page that draws a figure, with all that it needs; "<" in the figure cannot end its script."""
    description = figure.to_dict()
    # https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    text = json.dumps(description, ensure_ascii=False).replace("<", "\\u003c")
    title = description.get("title", "")
    return _PAGE.format(title=escape(title if isinstance(title, str) else "Figure"), bundle=_bundle(), figure=text)


@cache
def _bundle() -> str:
    """The JavaScript of Vega-Lite, 0.9 MB; to make it takes a second, so it is kept."""
    import vl_convert

    file = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        text = file.read_text(encoding="utf-8")
        if text.endswith(_END):  # else it was cut
            return text
    bundle: str = vl_convert.javascript_bundle() + _END  # type: ignore[call-arg]  # its stub lacks the default
    with suppress(OSError, DataError):  # a cache that cannot be written costs time, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(file, bundle)
    return bundle
