"""A line that is a JSON object: read strictly, with its place in every error."""

import json
from typing import Any

from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, shorten

LONGEST_LINE = 1 << 26  # characters; as numbers or texts they take over ten times as much

_DECODER: Any = json.JSONDecoder()


def load_object(line: str, where: str) -> dict[str, Any]:
    """Read a line that is a JSON object.

    Raises:
        DataError: it is something else, longer than `LONGEST_LINE`, or holds half of a surrogate pair; names its place.
    """
    if len(line) > LONGEST_LINE:
        raise DataError(f"{where}: expected a line of at most {LONGEST_LINE:,} characters, got {len(line):,}")
    try:
        try:  # without the decoder's search for space around an object, which takes longer than a short object
            content, end = _DECODER.scan_once(line, 0)
        except StopIteration:
            end = -1
        if end != len(line):
            content = _DECODER.decode(line)  # which tells what is wrong
        if "\\u" in line and "\\ud" in line.lower():  # only an escape can make half a pair
            require_unicode(where, json.dumps(content, ensure_ascii=False))
    except DataError:
        raise
    except RecursionError:
        raise DataError(f"{where}: expected a JSON object, got one nested too deeply") from None
    except ValueError as error:
        raise DataError(f"{where}: expected a JSON object, got: {shorten(str(error), 120)}") from None
    if not isinstance(content, dict):
        raise DataError(f"{where}: expected a JSON object, got {line[:60]}")
    return content
