"""Bytes to text, strictly: UTF-8 of any script; what is not is reported with its place, and with what it looks like."""

import codecs
from collections.abc import Iterable, Iterator

from recurra.errors import DataError

MARK = b"\xef\xbb\xbf"  # the byte order mark of UTF-8
_HEAD = 1 << 12  # bytes of a beginning that are looked at to guess what a file is
_NULS = 4  # bytes of zero; fewer may stand in a text

# what a file begins with, what it then is, and how to make a text of it
_KINDS = (
    (b"\xff\xfe\x00\x00", "UTF-32", "iconv -f UTF-32 -t UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32", "iconv -f UTF-32 -t UTF-8"),
    (b"\xff\xfe", "UTF-16", "iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "UTF-16", "iconv -f UTF-16 -t UTF-8"),
    (b"\x1f\x8b", "gzip", "gunzip -c"),
    (b"BZh", "bzip2", "bunzip2 -c"),
    (b"\xfd7zXZ\x00", "xz", "xz -dc"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstd -dc"),
    (b"PK\x03\x04", "a zip archive, or a document of an office program", "unzip -p"),
    (b"%PDF", "PDF", "pdftotext"),
    (b"\xd0\xcf\x11\xe0", "a document of an old office program", ""),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"RIFF", "a recording or a picture", ""),
    (b"\x93NUMPY", "an array of NumPy", ""),
    (b"\x7fELF", "a program", ""),
)


def decode_blocks(blocks: Iterable[bytes], name: str) -> Iterator[str]:
    """Turn blocks of bytes into text; a byte order mark at the start is left out.

    What stands before a wrong byte is given before the error is raised.

    Args:
        blocks: the content of a file, divided anywhere.
        name: what an error calls the file.

    Raises:
        DataError: there are bytes that are not UTF-8, or many that are zero; names file, line, column and byte.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, column = 1, 0  # where the block begins: lines from 1, bytes of that line that came before
    head = b""
    for block in _without_mark(blocks):
        head = head or block[:_HEAD]
        held = decoder.getstate()[0]  # the beginning of a character, whose end is in this block
        block, column = held + block, column - len(held)
        decoder.reset()
        _refuse_nuls(block, head, name, line)
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            yield block[: error.start].decode()
            raise _wrong_byte(block, error.start, head, name, line, column) from None
        yield text
        line += block.count(b"\n")
        column = len(block) - block.rfind(b"\n") - 1 if b"\n" in block else column + len(block)
    rest = decoder.getstate()[0]
    if rest:
        raise _wrong_byte(rest, 0, head, name, line, column - len(rest))


def _without_mark(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Leave out the byte order mark, which may come in several blocks."""
    start: bytes | None = b""
    for block in blocks:
        if start is None:
            yield block
            continue
        start += block
        if len(start) >= len(MARK) or not MARK.startswith(start):
            yield start.removeprefix(MARK)
            start = None
    if start and start != MARK:
        yield start


def _refuse_nuls(block: bytes, head: bytes, name: str, line: int) -> None:
    """Refuse a block of which a good part is zero."""
    nuls = block.count(b"\0")
    if nuls < _NULS or nuls * 20 < len(block):
        return
    line += block.count(b"\n", 0, block.index(b"\0"))
    raise DataError(f"{name}:{line}: expected text, got {nuls:,} bytes of zero among {len(block):,}{_hint(head)}")


def _wrong_byte(block: bytes, at: int, head: bytes, name: str, line: int, column: int) -> DataError:
    """Say which byte is wrong; `column` bytes of the block's first line came before the block."""
    before = block[:at]
    column = at - before.rfind(b"\n") + (0 if b"\n" in before else column)
    where = f"{name}:{line + before.count(bytes([10]))}"
    hint = _hint(head) or _hint_of_bytes(block, at)
    return DataError(f"{where}: expected UTF-8 text, got byte 0x{block[at]:02x} at byte {column} of the line{hint}")


def _hint(head: bytes) -> str:
    """What a file is by its first bytes, and how to make a text of it."""
    for beginning, kind, command in _KINDS:
        if head.startswith(beginning):
            return f"; it looks like {kind}" + (f": {command} FILE > TEXT" if command else ", which is no text")
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for order, ours, others in (("LE", odd, even), ("BE", even, odd)):
        if ours * 20 > len(head) and others * 10 < ours:  # the upper bytes of Latin letters, or of spaces
            return f"; it looks like UTF-16: iconv -f UTF-16{order} -t UTF-8 FILE > TEXT"
    return ""


def _hint_of_bytes(block: bytes, at: int) -> str:
    """Tell a text of another encoding from one in which a byte is broken."""
    around = block[max(0, at - _HEAD) : at + _HEAD]
    high = sum(byte >= 0x80 for byte in around)
    if _valid_characters(around) * 4 > high:
        return "; the other characters are UTF-8, so this one is broken"
    if any(byte < 0x20 and byte not in b"\t\n\v\f\r\x1b" for byte in around):
        return "; it does not look like text"
    if high * 4 <= len(around):
        return "; it looks like latin-1 or Windows-1252: iconv -f WINDOWS-1252 -t UTF-8 FILE > TEXT"
    return "; it looks like another encoding, say ENCODING: iconv -f ENCODING -t UTF-8 FILE > TEXT"


def _valid_characters(around: bytes) -> int:
    """How many characters beyond ASCII are good UTF-8."""
    return sum(character != "\ufffd" and character > "\x7f" for character in around.decode("utf-8", "replace"))
