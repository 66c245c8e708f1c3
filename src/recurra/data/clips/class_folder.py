"""Folders of clips: a folder for each class, with the clips in it or in the folders below."""

from pathlib import Path

from recurra.data.clips import image_file
from recurra.data.clips.clip_list import ClipList
from recurra.data.clips.frame_source import ENDINGS
from recurra.data.clips.image_folder import natural_order
from recurra.data.clips.listed_clip import FILE, sources_of
from recurra.data.clips.signal_array import SIGNALS
from recurra.data.files.folder import ending, files
from recurra.errors import DataError


def read(folder: Path) -> ClipList:
    """List the clips of a folder.

    A clip is a video, a strip of images, an array, or a folder whose images are no strips. What lies in folders is
    labelled by the first of them; clips that lie in `folder` itself have no labels.

    Raises:
        DataError: there is no clip, or some are in folders and others are not.
    """
    clips = clips_in(folder)
    if not clips:
        raise DataError(f"{folder}: expected clips ({', '.join(ENDINGS)}), found none")
    labels = [_label(clip, folder) for clip in clips]
    if "" in labels and set(labels) != {""}:
        stray = clips[labels.index("")]
        raise DataError(f"{stray}: expected it in a folder, which is its label, as {clips[_first_labelled(labels)]}")
    by_clip = [sources_of({FILE: str(clip)}, Path(), str(clip)) for clip in clips]
    signals = [name for name in SIGNALS if any(name in sources for sources in by_clip)]
    sources = {name: [sources.get(name) for sources in by_clip] for name in signals}
    return ClipList(sources, [str(clip) for clip in clips], None if "" in labels else labels)


def _label(clip: Path, folder: Path) -> str:
    """The first folder that a clip lies in; a clip that is `folder` itself or lies in it has none."""
    parts = clip.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else ""


def _first_labelled(labels: list[str]) -> int:
    return next(i for i, label in enumerate(labels) if label)


def clips_in(folder: Path) -> list[Path]:
    """The clips in a folder and in the folders in it, in the order that people count in."""
    by_folder: dict[Path, list[Path]] = {}
    for path in files(folder, ENDINGS, below=True):
        by_folder.setdefault(path.parent, []).append(path)
    clips = list[Path]()
    for parent, paths in by_folder.items():
        images = [path for path in paths if ending(path) in image_file.ENDINGS]
        if images and not image_file.is_strip(images[0]):
            clips.append(parent)
            paths = [path for path in paths if path not in set(images)]
        clips += paths
    return sorted(clips, key=lambda path: [natural_order(part) for part in path.parts])
