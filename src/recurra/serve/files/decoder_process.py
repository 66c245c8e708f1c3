"""A process that decodes files and may die alone: `python -m recurra.serve.files.decoder_process SOCKET BYTES`.

SOCKET is the number of an open socket. Each message in it is an `Order` with an open file; each answer the length of a
header, 8 bytes, the header, in JSON, and the numbers that were made of the file. It ends when the socket is closed.

It holds itself to bounds once its libraries are loaded: of memory; of the processor, for each file; no file may be
written, no process begun and no memory dumped. The one who starts it gives it an empty folder, no other open files and
no variables of the environment that it does not need. It is still the same user on the same machine: what would take
over a decoder could read files of that user and open connections.
"""

import contextlib
import json
import math
import resource
import socket
import sys
import time
import traceback
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from recurra.data.clips import sampling, video_file
from recurra.data.files import csv_rows
from recurra.data.files.lines import grouped_lines
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.readers import sound, tables
from recurra.data.sequences.table_columns import TableColumns
from recurra.errors import DataError
from recurra.serve.files.order import Order

_NAME = "file"  # what errors call it
_LIBRARIES = ("av", "PIL.Image", "soundfile", "kaldi_native_fbank")
_LONGEST_ORDER = 1 << 17  # bytes
_BLOCK = 1 << 20  # bytes of a table that are read at once

Parts = Iterable[np.ndarray]  # of one array, along its first axis


def main() -> None:
    """Decode what comes, one file after the other."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            import_module(name)
    _bound_process(int(sys.argv[2]))
    while True:
        content, handles, _, _ = socket.recv_fds(channel, _LONGEST_ORDER, 1)
        if not content:
            return
        with open(handles[0], "rb") as file:
            goes_on = _serve(channel, Order.from_bytes(content), file)
        if not goes_on:
            return


def _serve(channel: socket.socket, order: Order, file: BinaryIO) -> bool:
    """Answer an order; give whether the process can go on after it."""
    _bound_time(order.processor_seconds)
    try:
        parts, header = _decoded(order, file)
    except MemoryError:
        _answer(channel, {"lacks_memory": True})
        return False
    except DataError as error:
        _answer(channel, {"error": str(error)})
        return True
    except Exception:
        _answer(channel, {"fault": traceback.format_exc()})
        return False
    _answer(channel, header, parts)
    return True


def _answer(channel: socket.socket, header: dict[str, Any], parts: Parts = ()) -> None:
    content = json.dumps(header).encode()
    channel.sendall(len(content).to_bytes(8, "little") + content)
    for part in parts:
        channel.sendall(np.ascontiguousarray(part).data)


def _decoded(order: Order, file: BinaryIO) -> tuple[Parts, dict[str, Any]]:
    """What was made of a file, and what the answer says of it."""
    if order.kind == "sound":
        features, rate = sound.features(_NAME, file, None, most_seconds=order.seconds)
        return [features], {"shape": features.shape, "dtype": str(features.dtype), "sampling_rate": rate}
    if order.kind == "series":
        return _series(order, file)
    images = _frames(order, file)
    return images, {"shape": (len(images), *images[0].shape), "dtype": str(images[0].dtype)}


def _frames(order: Order, file: BinaryIO) -> list[np.ndarray]:
    """The frames of a video at a rate, (H, W, 3) uint8 each."""
    source = video_file.decode(file, _NAME, threads=1, most_pixels=order.pixels)
    short = takewhile(lambda frame: frame.time < order.seconds or _refuse_long(order.seconds), source)
    return [frame.image for frame in sampling.sample(short, order.frame_rate, order.frame_size)]


def _refuse_long(seconds: float) -> bool:
    raise DataError(f"{_NAME}: expected at most {seconds:g} seconds of video, got more")


def _series(order: Order, file: BinaryIO) -> tuple[Parts, dict[str, Any]]:
    """The series of a table, one after the other, how long each is and what it is called."""
    blocks = iter(partial(file.read, _BLOCK), b"")
    lines = (each for first, several in grouped_lines(blocks, _NAME) for each in enumerate(several, first))
    names, columns = ColumnNames(**order.names), None if order.columns is None else TableColumns(**order.columns)
    examples = tables.parse(csv_rows.rows_of(lines, _NAME), _NAME, names, columns, labelled=False).in_order_of(columns)
    if examples.is_text:
        raise DataError(f"{_NAME}: expected a table of numbers, as in training, got one of texts")
    series = [np.asarray(each, np.float64) for each in examples.inputs]
    lengths = [len(each) for each in series]
    header = {"shape": (sum(lengths), series[0].shape[1]), "dtype": "float64", "lengths": lengths}
    return series, header | {"names": [examples.name(i) for i in range(len(examples))]}


def _bound_process(memory: int) -> None:
    """Hold this process to so many bytes beyond what it has now, and to nothing but computing."""
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))


def _bound_time(seconds: float) -> None:
    """Let this process end when it has computed for so many more seconds."""
    until, (_, most) = math.ceil(time.process_time() + seconds), resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most))


if __name__ == "__main__":
    main()
