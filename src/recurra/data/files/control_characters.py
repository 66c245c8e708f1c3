"""Control characters and line breaks inside texts: shown, so that neither a terminal nor a table obeys them."""

import re

from recurra.errors import printable

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")  # all but tab and line end
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")  # end a cell or a line, for one program or another


def visible(text: str) -> str:
    """Show the control characters of a text as `\\x1b`; tabs and line ends stay."""
    return _CONTROLS.sub(_shown, text)


def cell(text: str) -> str:
    """A text as a cell of a row: tabs and line breaks are shown as `\\t`, `\\n`, `\\u2028`."""
    return _BREAKS.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    return printable(match[0])
