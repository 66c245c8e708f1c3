"""Tensors in a file of the safetensors format, which holds a checksum of itself and is read without trust in it.

The format: the size of the header in 8 bytes, the header, which is JSON, and the numbers of all tensors one after the
other; see https://github.com/huggingface/safetensors. Written here, so that the same content gives the same bytes.
"""

import io
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from torch import Tensor

from recurra.data.files import atomic
from recurra.data.files.checksum import BLOCK, Checksum, blocks
from recurra.data.files.regular_file import open_regular, parse_json
from recurra.errors import DataError

_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_HEADER_LIMIT = 100_000_000  # bytes, as in the safetensors library
_CHECKSUM = "checksum"
_NO_CHECKSUM = Checksum().hexdigest()  # takes the room of the checksum until it is known


@dataclass(frozen=True)
class Entry:
    """What a header says of a tensor; `start` and `stop` are counted in bytes from the end of the header."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """What a file says it holds.

    entries: of each tensor by name, in the order in which their numbers are in the file. metadata: texts by name.
    """

    entries: dict[str, Entry]
    metadata: dict[str, str]


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors at once or not at all, with a checksum of all that is in the file.

    Args:
        path: the file.
        tensors: on the CPU, by name.
        metadata: texts by name.
    """
    ordered = _ordered(tensors)
    checksum = _checksum_of_header(ordered, metadata)
    with atomic.replacing(path) as aside, aside.open("wb") as file:
        file.write(_encoded_header(ordered, metadata, _NO_CHECKSUM))
        for tensor in ordered.values():
            for block in blocks(_bytes(tensor)):
                checksum.add_block(block)
                file.write(block.data)
                _begin_flush(file, block)
        file.seek(0)
        file.write(_encoded_header(ordered, metadata, checksum.hexdigest()))


def to_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """Give what `write` would write; for small tensors, since all of it is in memory twice."""
    ordered = _ordered(tensors)
    header = _encoded_header(ordered, metadata, _checksum(ordered, metadata))
    return header + b"".join(_bytes(tensor).tobytes() for tensor in ordered.values())


def _ordered(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in the order of a file: large numbers first, which keeps all of them aligned."""
    return dict(sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])))


def _begin_flush(file: BinaryIO, block: np.ndarray) -> None:
    """Let the system write a block to disk while the next ones are made, where it can; nothing waits for it."""
    if len(block) == BLOCK and hasattr(os, "posix_fadvise"):
        # said not to be needed, what is not yet on disk is written there, and stays in memory meanwhile
        os.posix_fadvise(file.fileno(), file.tell() - BLOCK, BLOCK, os.POSIX_FADV_DONTNEED)


def _encoded_header(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], checksum: str) -> bytes:
    """The header with its size, of as many bytes whatever the checksum."""
    header: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items())) | {_CHECKSUM: checksum}}
    start = 0
    for name, tensor in tensors.items():
        stop = start + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, stop]}
        start = stop
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return len(encoded).to_bytes(8, "little") + encoded


def read_header(path: Path, what: str) -> Header:
    """Read what a file says it holds, and nothing more.

    Args:
        path: the file.
        what: what it should be, for errors.

    Raises:
        DataError: there is no such file, or its header is not of this format or does not fit its size.
    """
    file, size = open_regular(path, what)
    with file:
        return _read_header(file, size, path, what)


def read(
    path: Path, what: str, check: Callable[[Header], None] = lambda header: None
) -> tuple[dict[str, Tensor], Header]:
    """Read all tensors, and hold them to the checksum if the file has one.

    Args:
        path: the file.
        what: what it should be, for errors.
        check: raises an error where the header is not as expected; called before memory is taken for tensors.

    Raises:
        DataError: as of `read_header`; or the checksum is that of other content.
    """
    file, size = open_regular(path, what)
    with file:
        return _read(file, size, path, what, check)


def from_bytes(content: bytes, name: str, what: str) -> tuple[dict[str, Tensor], Header]:
    """Read tensors from the bytes of a file; arguments and errors as of `read`, with a name in place of the path."""
    return _read(io.BytesIO(content), len(content), Path(name), what, lambda header: None)


def _read(
    file: BinaryIO, size: int, path: Path, what: str, check: Callable[[Header], None]
) -> tuple[dict[str, Tensor], Header]:
    header = _read_header(file, size, path, what)
    check(header)
    tensors = {name: torch.empty(entry.shape, dtype=entry.dtype) for name, entry in header.entries.items()}
    for tensor in tensors.values():
        content = _bytes(tensor)
        if file.readinto(content) != len(content):  # type: ignore[attr-defined]
            raise DataError(f"{path}: expected {what}, got a file that ends early")
    if _CHECKSUM in header.metadata and _checksum(tensors, header.metadata) != header.metadata[_CHECKSUM]:
        raise DataError(f"{path}: expected {what} as it was written, got other content than its checksum is of")
    return tensors, header


def _checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """The checksum of tensors in the order in which they are in the file."""
    checksum = _checksum_of_header(tensors, {name: text for name, text in metadata.items() if name != _CHECKSUM})
    for tensor in tensors.values():
        for block in blocks(_bytes(tensor)):
            checksum.add_block(block)
    return checksum.hexdigest()


def _checksum_of_header(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Checksum:
    """Begin a checksum with what a header says: the metadata, and the name, type and shape of each tensor."""
    entries = [[name, _NAMES[tensor.dtype], list(tensor.shape)] for name, tensor in tensors.items()]
    checksum = Checksum()
    checksum.add_text(json.dumps([dict(sorted(metadata.items())), entries]).encode())
    return checksum


def _bytes(tensor: Tensor) -> np.ndarray:
    """The numbers of a tensor as bytes in its own memory, (N,) uint8."""
    if not tensor.numel():
        return np.empty(0, np.uint8)
    array: np.ndarray = tensor.detach().reshape(-1).view(torch.uint8).numpy()
    return array


def _read_header(file: BinaryIO, size: int, path: Path, what: str) -> Header:
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _HEADER_LIMIT):
        raise DataError(f"{path}: expected {what}, got {size:,} bytes that do not begin with a header")
    content = parse_json(file.read(length), path, what)
    try:
        metadata = content.pop("__metadata__", {})
        entries = {name: _entry(entry) for name, entry in content.items()}
        entries = dict(sorted(entries.items(), key=lambda item: (item[1].start, item[1].stop)))
        if not all(isinstance(text, str) for text in metadata.values()):
            raise ValueError("metadata that are not texts")
        _check_layout(entries, size - 8 - length)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: expected {what}, got a header that does not fit: {error}") from None
    return Header(entries, metadata)


def _entry(content: Any) -> Entry:
    dtype, shape, (start, stop) = _TYPES[content["dtype"]], content["shape"], content["data_offsets"]
    if not all(type(number) is int and 0 <= number < 1 << 62 for number in (*shape, start, stop)):
        raise ValueError("sizes that are not whole numbers")
    return Entry(dtype, tuple(shape), start, stop)


def _check_layout(entries: dict[str, Entry], size: int) -> None:
    """Hold the offsets of tensors, in order, to their shapes, to each other and to the size of the file."""
    position = 0
    for name, entry in entries.items():
        if entry.start != position or entry.stop - position != math.prod(entry.shape) * entry.dtype.itemsize:
            raise ValueError(f"{name} is not where its shape and those before it put it")
        position = entry.stop
    if position != size:
        raise ValueError(f"tensors of {position:,} bytes in a file that has {size:,} for them")
