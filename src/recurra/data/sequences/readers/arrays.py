"""Arrays in .npz files; large ones are memory-mapped, so that a file larger than memory opens at once."""

import math
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.files import archive
from recurra.data.files.mapped_array import MappedArray, Ragged
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError

MAPPED_FROM = 1 << 26  # bytes; smaller arrays are read, and their checksums looked at

_KIND = "an .npz file of plain arrays"
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member of a zip file: its signature, and the lengths of name and extra
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read(path: Path) -> Examples:
    """Read `X` (N, T, I), or (N, T) for one feature, and, where they are there, `y` (N, ...) and `lengths` (N,).

    Large arrays that numpy.savez wrote are memory-mapped; what savez_compressed wrote is read into memory.

    Raises:
        DataError: there is no X, the arrays do not fit together, or the file is broken.
    """
    members = open_members(path)
    if "X" not in members:
        raise DataError(f"{path}: expected an array X, got {', '.join(members) or 'none'}")
    x = members["X"]
    if x.ndim not in (2, 3) or x.dtype.kind not in "fiub" or 0 in x.shape:
        raise DataError(f"{path}: X: expected numbers (N, T, I) or (N, T), got {x.dtype} of shape {x.shape}")
    x = x if x.ndim == 3 else x[:, :, None]
    inputs: Any = x
    if "lengths" in members:
        inputs = Ragged(x, _lengths(path, members["lengths"], x))
    return Examples(inputs, _answers(path, members["y"], len(x)) if "y" in members else None)


def _lengths(path: Path, lengths: np.ndarray, x: np.ndarray) -> np.ndarray:
    _check_rows(path, "lengths", lengths, len(x))
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        got = f"{lengths.dtype} of shape {lengths.shape}"
        raise DataError(f"{path}: lengths: expected whole numbers (N,), got {got}")
    if lengths.min() < 1 or lengths.max() > x.shape[1]:
        raise DataError(f"{path}: lengths: expected 1 to {x.shape[1]}, got {lengths.min()} to {lengths.max()}")
    return lengths


def _answers(path: Path, y: np.ndarray, count: int) -> Any:
    """Labels or numbers of each example, as arrays where there are several."""
    _check_rows(path, "y", y, count)
    if y.ndim > 3 or y.dtype.kind not in "fiubU":
        raise DataError(f"{path}: y: expected numbers or texts (N, ...), got {y.dtype} of shape {y.shape}")
    _refuse_missing(path, y)
    return y.tolist() if y.ndim == 1 else list(np.array(y))


def _refuse_missing(path: Path, y: np.ndarray) -> None:
    """Refuse NaN and empty texts, which would be labels of their own."""
    if y.dtype.kind not in "fU":
        return
    missing = np.isnan(y) if y.dtype.kind == "f" else y == ""
    rows = np.flatnonzero(missing.reshape(len(y), -1).any(1))
    if len(rows):
        raise DataError(f"{path}: y: expected a label or a number in each row, got none in row {rows[0] + 1}")


def _check_rows(path: Path, name: str, array: np.ndarray, count: int) -> None:
    if array.ndim == 0 or len(array) != count:
        got = "one value" if array.ndim == 0 else str(len(array))
        raise DataError(f"{path}: {name}: expected {count} rows as in X, got {got}")


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
