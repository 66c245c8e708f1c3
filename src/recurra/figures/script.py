"""The JavaScript that draws figures in a page, and figures as what it reads."""

import json
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.errors import DataError

if TYPE_CHECKING:
    import altair

_END = "\n// end\n"  # of the file that keeps the JavaScript


def description(figure: "altair.TopLevelMixin") -> str:
    """A figure as JSON that may stand in a script of a page: "<" in it cannot end the script."""
    # https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
    content = figure.to_dict(validate=False)  # the tests hold figures to Altair's schema, which takes long
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")


@cache
def bundle() -> str:
    """The JavaScript of Vega-Lite, 0.9 MB; to make it takes a second, so it is kept."""
    import vl_convert

    file = cache_folder() / f"vega-{version('vl-convert-python')}.js"
    with suppress(OSError, UnicodeDecodeError):
        text = file.read_text(encoding="utf-8")
        if text.endswith(_END):  # else it was cut
            return text
    script: str = vl_convert.javascript_bundle() + _END  # type: ignore[call-arg]  # its stub lacks the default
    with suppress(OSError, DataError):  # a cache that cannot be written costs time, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(file, script)
    return script
