"""The process that reads spoilt files, one after the other, so that a crash or a hang is not the end of the search."""

import faulthandler
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

from fuzzing.formats import FORMATS
from fuzzing.mutations import spoil

from recurra.errors import DataError

MEMORY = 2 << 30  # bytes that a case may take more than the process has at its start


def spoilt_copy(seeds: Path, name: str, case: str, folder: Path) -> Path:
    """Copy the good files of a format, and spoil one of them; the same case gives the same file. Return that file."""
    shutil.copytree(seeds / name, folder, dirs_exist_ok=True)
    random_ = random.Random(f"{name}/{case}")
    file = random_.choice(FORMATS[name].files(folder))
    file.write_bytes(spoil(file.read_bytes(), random_))
    return file


def serve(connection: Connection, seeds: Path) -> None:
    """Answer each case, a format and a name, with an outcome and what is to be known of it."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)  # libraries of sound write there
    faulthandler.disable()
    warnings.simplefilter("error", RuntimeWarning)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, resource.RLIM_INFINITY))
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_CACHE_HOME"] = scratch
        connection.send("ready")
        while True:
            name, case = connection.recv()
            folder = Path(scratch) / "case"
            spoilt_copy(seeds, name, case, folder)
            connection.send(_outcome(name, folder))
            shutil.rmtree(folder)
            shutil.rmtree(Path(scratch) / "recurra", ignore_errors=True)


def _names_a_file(message: str, folder: Path) -> bool:
    """Whether a message names the folder or a file of the case: of several any one, since they may not fit together."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return message.startswith(f"{folder}:") or any(str(path) in message for path in files)


def _outcome(name: str, folder: Path) -> tuple[str, str]:
    try:
        FORMATS[name].use(folder)
    except DataError as error:
        message = str(error)
        if "\n" in message or len(message) > 4000:
            return (
                "unclear refusal",
                f"{len(message)} characters, {message.count(chr(10))} line ends: {message[:300]!r}",
            )
        return ("refused" if _names_a_file(message, folder) else "file not named"), message[:300]
    except BaseException as error:  # whatever else comes out of a reader is a fault of it
        place = traceback.extract_tb(sys.exc_info()[2])
        ours = [frame for frame in place if "/recurra/" in frame.filename]
        frame = ours[-1] if ours else place[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        return "foreign exception", f"{type(error).__name__} at {where}: {str(error)[:200]!r}"
    return "read", ""
