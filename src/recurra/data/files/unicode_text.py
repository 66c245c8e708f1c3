"""Texts from memory held to be Unicode: Python's may hold half of a surrogate pair, which no file of ours can.

One check for every text that comes from Python or out of an escape: labels, words, texts, prompts, names, settings.
What is read from files as bytes is strict already, see `recurra.data.files.encoding`.
"""

from recurra.errors import DataError


def require_unicode(where: object, text: str) -> None:
    """Refuse a text that cannot be written as UTF-8.

    Args:
        where: what an error calls the text; made a text only then.
        text: any.

    Raises:
        DataError: it holds half of a surrogate pair, such as "\\ud800"; names it.
    """
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        is_byte = "\udc80" <= half <= "\udcff"  # how Python keeps a wrong byte of an argument or of a file's name
        byte = f", as Python reads byte 0x{ord(half) - 0xDC00:02x}" if is_byte else ""
        got = f"got half of a surrogate pair: {half!a}{byte}"
        raise DataError(f"{where}: expected Unicode characters, {got}") from None
