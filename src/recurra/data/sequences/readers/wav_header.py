"""What the header of a .wav announces, held against what the file has: the library that reads sound does not say."""

from typing import Any, BinaryIO

from recurra.errors import DataError

_UNKNOWN = 0x7FFF0000  # bytes from which a size stands for "not known", as programs write that pipe their sound
_MOST_CHUNKS = 1000


def refuse_cut(name: Any, file: BinaryIO) -> None:
    """Refuse a .wav that announces more bytes of samples than follow; what is no .wav is left to others.

    Args:
        name: what an error calls it.
        file: at its beginning, where it is put back.

    Raises:
        DataError: it was cut; says how many bytes were announced, and how many there are.
    """
    header = file.read(12)
    if header[:4] == b"RIFF" and header[8:] == b"WAVE":
        announced, held = _sizes(file)
        if held < announced < _UNKNOWN:
            raise DataError(
                f"{name}: expected {announced:,} bytes of samples as its header says, got {held:,}: it was cut"
            )
    file.seek(0)


def _sizes(file: BinaryIO) -> tuple[int, int]:
    """How many bytes of samples the header announces, and how many follow; zeros where it comes to none."""
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            break
        size, begin = int.from_bytes(chunk[4:], "little"), file.tell()
        if chunk[:4] == b"data":
            return size, file.seek(0, 2) - begin
        file.seek(begin + size + size % 2)  # chunks begin at even places
    return 0, 0
