"""Tensors in a file of the safetensors format, which holds a checksum of itself and is read without trust in it.

The format: the size of the header in 8 bytes, the header, which is JSON, and the numbers of all tensors one after the
other; see https://github.com/huggingface/safetensors. Written here, so that the same content gives the same bytes.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from recurra.data.files import atomic
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
_CHECKSUM = "sha256"
_CHECKSUM_LENGTH = 64  # hexadecimal digits
_LARGE = 1 << 22  # bytes, whose checksum takes longer than another flush


@dataclass(frozen=True)
class Entry:
    """What a header says of a tensor; `start` and `stop` are counted in bytes from the end of the header."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Header:
    """What a file says it holds; all sizes are those of the file."""

    entries: dict[str, Entry]
    metadata: dict[str, str]


def write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors at once or not at all, with a checksum of all that is in the file.

    Args:
        path: the file.
        tensors: on the CPU, by name.
        metadata: texts by name.
    """
    ordered = dict(sorted(tensors.items(), key=lambda pair: (-pair[1].element_size(), pair[0])))  # keeps them aligned
    room = len(_encoded_header(ordered, metadata, "0" * _CHECKSUM_LENGTH))
    with atomic.replacing(path) as aside, aside.open("wb") as file, ThreadPoolExecutor(1) as beside:
        checksum = beside.submit(_checksum, ordered, metadata)  # which takes longer than to write
        file.seek(room)
        for tensor in ordered.values():
            file.write(_bytes(tensor))
        file.flush()
        if file.tell() > _LARGE and not checksum.done():
            os.fsync(file.fileno())  # meanwhile
        file.seek(0)
        file.write(_encoded_header(ordered, metadata, checksum.result()))


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
        header = _read_header(file, size, path, what)
        check(header)
        tensors = {}
        for name, entry in sorted(header.entries.items(), key=lambda pair: pair[1].start):
            tensors[name] = torch.empty(entry.shape, dtype=entry.dtype)
            if entry.stop > entry.start and file.readinto(_bytes(tensors[name])) != entry.stop - entry.start:  # type: ignore[attr-defined]
                raise DataError(f"{path}: expected {what}, got a file that ends early")
    expected = header.metadata.get(_CHECKSUM)
    metadata = {name: text for name, text in header.metadata.items() if name != _CHECKSUM}
    if expected is not None and _checksum(tensors, metadata) != expected:
        raise DataError(f"{path}: expected {what} as it was written, got other content than its checksum is of")
    return tensors, header


def _checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """SHA-256 of a file's metadata, then of each tensor's name, type, shape and numbers."""
    digest = hashlib.sha256(_line(dict(metadata)))
    for name, tensor in sorted(tensors.items()):
        digest.update(_line([name, str(tensor.dtype), list(tensor.shape)]))
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def _line(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode() + b"\n"


def _bytes(tensor: Tensor) -> Any:
    """The numbers of a tensor as bytes in its own memory."""
    return tensor.detach().reshape(-1).view(torch.uint8).numpy() if tensor.numel() else b""


def _read_header(file: BinaryIO, size: int, path: Path, what: str) -> Header:
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _HEADER_LIMIT):
        raise DataError(f"{path}: expected {what}, got {size:,} bytes that do not begin with a header")
    content = parse_json(file.read(length), path, what)
    try:
        metadata = content.pop("__metadata__", {})
        entries = {name: _entry(entry) for name, entry in content.items()}
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
    """Hold the places of tensors to their shapes, to each other and to the size of the file."""
    position = 0
    for name, entry in sorted(entries.items(), key=lambda pair: (pair[1].start, pair[1].stop)):
        if entry.start != position or entry.stop - position != math.prod(entry.shape) * entry.dtype.itemsize:
            raise ValueError(f"{name} is not where its shape and those before it put it")
        position = entry.stop
    if position != size:
        raise ValueError(f"tensors of {position:,} bytes in a file that has {size:,} for them")
