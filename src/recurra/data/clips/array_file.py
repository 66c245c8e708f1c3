"""Samples of signals in .npy and .npz files."""

from pathlib import Path

import numpy as np

from recurra.data.clips.signal_array import SIGNALS, as_signal, kind_of
from recurra.data.files import array_archive
from recurra.data.files.folder import ending
from recurra.errors import DataError

ENDINGS = (".npz", ".npy")


def signals_in(path: Path) -> list[str]:
    """Which signals a file holds: the names of its arrays, or what an array alone is by its form; see `kind_of`.

    Raises:
        DataError: it is no such file, or an array is neither called nor formed as a signal.
    """
    headers = array_archive.headers(path)
    if set(headers) <= set(SIGNALS):
        return list(headers)
    if len(headers) == 1:
        shape, dtype = next(iter(headers.values()))
        kind = kind_of(shape, dtype)
        if kind:
            return [kind]
        raise DataError(f"{path}: expected the samples of a signal, got {dtype} of shape {shape}")
    raise DataError(f"{path}: expected arrays called {', '.join(SIGNALS)}, got {', '.join(headers) or 'none'}")


def read(path: Path, signal: str) -> np.ndarray:
    """Read the samples of a signal, in the form of `as_signal`; large ones may be memory-mapped.

    Raises:
        DataError: the file has none, or is broken.
    """
    if ending(path) == ".npy":
        return as_signal(array_archive.open_array(path), signal, str(path))
    members = array_archive.open_members(path)
    if signal not in members and len(members) == 1:
        return as_signal(next(iter(members.values())), signal, str(path))
    if signal not in members:
        raise DataError(f"{path}: expected an array {signal}, got {', '.join(members) or 'none'}")
    return as_signal(members[signal], signal, str(path))
