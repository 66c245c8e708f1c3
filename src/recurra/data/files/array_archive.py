"""Arrays in .npz and .npy files; large ones are memory-mapped, so that a file larger than memory opens at once."""

import math
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import archive
from recurra.data.files.mapped_array import MappedArray
from recurra.data.files.regular_file import open_regular
from recurra.errors import DataError

MAPPED_FROM = 1 << 26  # bytes; smaller arrays are read, and their checksums looked at

_KIND = "an .npz file of plain arrays"
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member of a zip file: its signature, and the lengths of name and extra
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def open_members(path: Path) -> dict[str, np.ndarray]:
    """Open the arrays of an .npz file by name.

    Raises:
        DataError: it is no .npz file, or a broken one; names file and member.
    """
    arrays: dict[str, np.ndarray] = {}
    with archive.opened(path, _KIND) as file:
        ends = _ends(file)
        for member in file.infolist():
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise DataError(f"{path}: {member.filename}: expected each array once, got it twice")
            with archive.naming(path, member.filename, _KIND):
                arrays[name] = _open(path, file, member, ends[member.header_offset])
    return arrays


def headers(path: Path) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """The shape and the type of each array of an .npz file, by name, or of that of an .npy file, called "".

    Raises:
        DataError: it is no such file, or a broken one.
    """
    if path.suffix.lower() == ".npy":
        array = open_array(path)
        return {"": (array.shape, array.dtype)}
    forms = {}
    with archive.opened(path, _KIND) as file:
        for member in file.infolist():
            with archive.naming(path, member.filename, _KIND), file.open(member) as stream:
                shape, _, dtype = _header(stream)
            forms[member.filename.removesuffix(".npy")] = shape, dtype
    return forms


def open_array(path: Path) -> np.ndarray:
    """Open the array of an .npy file.

    Raises:
        DataError: it is no such file, or a broken one.
    """
    stream, file_size = open_regular(path, "an .npy file")
    with stream, archive.naming(path, kind="an .npy file of a plain array"):
        shape, fortran, dtype = _header(stream)
        start, size = stream.tell(), math.prod(shape) * dtype.itemsize
        if start + size != file_size:
            raise ValueError(f"an array of {size:,} bytes, shape {shape}, in {file_size - start:,} bytes")
        order: Any = "F" if fortran else "C"
        if size >= MAPPED_FROM:
            return MappedArray.open(path, dtype, start, shape, order)
        return np.frombuffer(stream.read(size), dtype).reshape(shape, order=order)


def _ends(file: zipfile.ZipFile) -> dict[int, int]:
    """Where what lies at an offset must end: at the next member, or at the directory of the archive."""
    offsets = sorted({member.header_offset for member in file.infolist()})
    return dict(zip(offsets, [*offsets[1:], file.start_dir], strict=True))


def _open(path: Path, file: zipfile.ZipFile, member: zipfile.ZipInfo, end: int) -> np.ndarray:
    """Read an array, or map it where it is large and lies in the archive as it is."""
    with file.open(member) as stream:
        shape, fortran, dtype = _header(stream)
        start = stream.tell()
    size = math.prod(shape) * dtype.itemsize
    if start + size != member.file_size:
        raise ValueError(f"an array of {size:,} bytes, shape {shape}, in {member.file_size - start:,} bytes")
    order: Any = "F" if fortran else "C"
    if member.compress_type == zipfile.ZIP_STORED and size >= MAPPED_FROM:
        offset = _data_offset(path, member) + start
        if offset + size > end:
            raise ValueError("an array that reaches into what lies behind it")
        return MappedArray.open(path, dtype, offset, shape, order)
    archive.refuse_large(path, member)
    return np.frombuffer(file.read(member), dtype, offset=start).reshape(shape, order=order)


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Read shape, order and type of an array."""
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"an array of format {version}")
    try:
        shape, fortran, dtype = _HEADERS[version](stream)
    except Exception as error:  # the header is Python's text, which NumPy parses with much that can fail
        raise ValueError(f"an array whose header is broken ({type(error).__name__})") from None
    if dtype.hasobject:
        raise ValueError("Python objects")
    if any(size < 0 for size in shape) or not dtype.itemsize:
        raise ValueError(f"an array of {dtype} of shape {shape}")
    return shape, fortran, dtype


def _data_offset(path: Path, member: zipfile.ZipInfo) -> int:
    """Where the content of a member begins in the file."""
    with path.open("rb") as file:
        file.seek(member.header_offset)
        _, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    return int(member.header_offset + _LOCAL_HEADER.size + name_length + extra_length)
