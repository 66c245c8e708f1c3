"""A square or a disk that moves before black (MoCoGAN, Tulyakov et al., 2018), of 32 frames: an archive of strips."""

import os
import shutil
import zipfile
from pathlib import Path

from recurra.data.clips import class_folder
from recurra.data.clips.clip_list import ClipList
from recurra.data.files.cache import cache_folder
from recurra.data.files.fingerprint import file_sha256
from recurra.errors import DataError

ARCHIVE = "shapes.zip"
RATE = 16.0  # frames a second; the clips say none
_LARGEST = 1 << 20  # bytes of a strip


def parts(folder: Path) -> dict[str, ClipList]:
    """List the clips, all of which are one part; the answer is the direction of the movement, "0" or "1".

    Args:
        folder: holds `shapes.zip`, with strips in a folder a class. They are unpacked into the cache, once.

    Raises:
        DataError: the archive is not there or broken, or the cache cannot be written.
    """
    clips = class_folder.read(_unpacked(folder / ARCHIVE))
    return {"train": ClipList(clips.sources, clips.locations, clips.answers, None, {"video": RATE})}


def _unpacked(archive: Path) -> Path:
    """The folder with what is in an archive, which gets its name when all is in it."""
    checksum = file_sha256(archive, "an archive of clips")
    folder = cache_folder() / "data" / f"mocogan_shapes-{checksum[:16]}"
    if folder.is_dir():
        return folder
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        aside.mkdir(parents=True)
        _unpack(archive, aside)
        aside.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # else another process was the first
            raise DataError(f"{folder}: expected a cache that can be written, got: {error.strerror}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    """Write the strips of an archive, a folder a class."""
    try:
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                path = Path(member.filename)
                label = path.parent.name
                if path.suffix != ".png" or label in ("", "..") or member.file_size > _LARGEST:
                    continue
                class_of_strip = folder / label  # whatever else the path says, it does not lead out of the folder
                class_of_strip.mkdir(exist_ok=True)
                (class_of_strip / path.name).write_bytes(file.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise DataError(f"{archive}: expected an archive of strips, got: {error}") from None
