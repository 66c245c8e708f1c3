"""Control characters and line breaks inside texts: shown, so that neither a terminal nor a table obeys them."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")  # all but tab and line end
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")  # end a cell or a line, for one program or another
_NAMES = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """Show the control characters of a text as `\\x1b`; tabs and line ends stay."""
    return _CONTROLS.sub(_escape, text)


def cell(text: str) -> str:
    """A text as a cell of a row: tabs and line breaks are shown as `\\t`, `\\n`, `\\u2028`."""
    return _BREAKS.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _NAMES:
        return _NAMES[character]
    return f"\\x{ord(character):02x}" if character < "\x80" else f"\\u{ord(character):04x}"
