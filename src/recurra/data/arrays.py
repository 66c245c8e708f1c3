"""Arrays in .npz files, memory-mapped, so that a file larger than memory opens at once."""

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.errors import DataError

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # of a member of a zip file: its signature, and the lengths of name and extra


def read(path: Path) -> Examples:
    """Read `X` (N, T, I), or (N, T) for one feature, and, where they are there, `y` (N, ...) and `lengths` (N,).

    What numpy.savez wrote is memory-mapped; what savez_compressed wrote is read into memory.

    Raises:
        DataError: there is no X, or the arrays do not fit together.
    """
    try:
        members = open_members(path)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise DataError(f"{path}: expected an .npz file of plain arrays, got: {error}") from None
    if "X" not in members:
        raise DataError(f"{path}: expected an array X, got {', '.join(members) or 'none'}")
    x = members["X"]
    if x.ndim not in (2, 3) or x.dtype.kind not in "fiub":
        raise DataError(f"{path}: X: expected numbers (N, T, I) or (N, T), got {x.dtype} of shape {x.shape}")
    x = x if x.ndim == 3 else x[:, :, None]
    y, lengths = members.get("y"), members.get("lengths")
    for name, part in (("y", y), ("lengths", lengths)):
        if part is not None and len(part) != len(x):
            raise DataError(f"{path}: {name}: expected {len(x)} rows as in X, got {len(part)}")
    if lengths is not None and (lengths.min() < 1 or lengths.max() > x.shape[1]):
        raise DataError(f"{path}: lengths: expected 1 to {x.shape[1]}, got {lengths.min()} to {lengths.max()}")
    inputs: Any = x if lengths is None else [row[:length] for row, length in zip(x, lengths.tolist(), strict=True)]
    return Examples(inputs, None if y is None else y.tolist())


def open_members(path: Path) -> dict[str, np.ndarray]:
    """Open the arrays of an .npz file by name, those that are not compressed memory-mapped."""
    arrays = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for member in archive.infolist():
            with archive.open(member) as stream:
                if member.compress_type != zipfile.ZIP_STORED:
                    array = np.lib.format.read_array(stream, allow_pickle=False)
                else:
                    array = _mapped(path, file, stream, member)
            arrays[member.filename.removesuffix(".npy")] = array
    return arrays


def _mapped(path: Path, file: Any, stream: Any, member: zipfile.ZipInfo) -> np.ndarray:
    """Map an array that lies in the archive as it is."""
    version = np.lib.format.read_magic(stream)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read_header:
        raise ValueError(f"{member.filename}: format {version}")
    shape, fortran, dtype = read_header[version](stream)
    if dtype.hasobject:
        raise ValueError(f"{member.filename}: Python objects")
    file.seek(member.header_offset)
    _, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    offset = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length + stream.tell()
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", offset, shape, "F" if fortran else "C")
