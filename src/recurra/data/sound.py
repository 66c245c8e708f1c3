"""Recordings as log-mel features: what of the sound lies in each of 40 bands, every hundredth of a second."""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from recurra.data.examples import Examples
from recurra.data.folder import ending, files, with_endings
from recurra.errors import DataError

SUFFIXES = (".wav", ".flac", ".ogg")
MELS = 40


def read(path: Path) -> Examples:
    """Read one recording, or a folder or a .zip file of recordings.

    In a folder that has folders, these are the labels; else a label is what stands before the first "_" in a file's
    name, as in `seven_anna_3.wav`.

    Raises:
        DataError: there is no recording, or one cannot be read, or is of another sampling rate than the first.
    """
    if ending(path) == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = with_endings(map(PurePosixPath, archive.namelist()), SUFFIXES)
            return _examples(path, ((Path(name), io.BytesIO(archive.read(str(name)))) for name in names))
    if path.is_dir():
        return _examples(path, ((file, file) for file in recordings(path)))
    return Examples([features(path, path, None)[0]], None, [str(path)])


def recordings(folder: Path) -> list[Path]:
    """The recordings in a folder and in the folders in it."""
    return files(folder, SUFFIXES, below=True)


def _examples(place: Path, files: Iterable[tuple[Path, Any]]) -> Examples:
    inputs, labels, names, rate = [], [], [], None
    for name, content in files:
        x, rate = features(name, content, rate)
        inputs.append(x)
        below = name.parent.name if name.is_relative_to(place) and name.parent != place else ""
        labels.append(below or name.stem.partition("_")[0])
        names.append(str(name))
    if not inputs:
        raise DataError(f"{place}: expected recordings ({', '.join(SUFFIXES)}), found none")
    return Examples(inputs, labels, names)


def features(name: Path, content: Any, rate: int | None) -> tuple[np.ndarray, int]:
    """Give the log-mel features of a recording, (T, 40), and its sampling rate.

    Frames of 25 ms every 10 ms, channels averaged, by kaldi-native-fbank.

    Args:
        name: what an error calls it.
        content: the file, or its bytes in a stream.
        rate: what the sampling rate has to be, in Hz; None takes any.
    """
    soundfile, fbank = _libraries()
    try:
        samples, found = soundfile.read(content, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DataError(f"{name}: expected a recording, got: {error}") from None
    if rate is not None and found != rate:
        raise DataError(f"{name}: expected a sampling rate of {rate} Hz as in the first recording, got {found}")
    options = fbank.FbankOptions()
    options.frame_opts.samp_freq, options.frame_opts.dither, options.frame_opts.snip_edges = found, 0.0, False
    options.mel_opts.num_bins = MELS
    online = fbank.OnlineFbank(options)
    online.accept_waveform(found, samples.mean(1).tolist())
    online.input_finished()
    if not online.num_frames_ready:
        raise DataError(f"{name}: expected at least 5 ms of sound, got {len(samples)} samples at {found} Hz")
    return np.stack([online.get_frame(i) for i in range(online.num_frames_ready)]), found


def _libraries() -> tuple[Any, Any]:
    try:
        import kaldi_native_fbank
        import soundfile
    except ImportError as error:
        raise DataError(f"sound: expected the packages for it (pip install 'recurra[sound]'), got: {error}") from None
    return soundfile, kaldi_native_fbank


def spoken_digits(keep: Callable[[str, int], bool]) -> Callable[[Path], dict[str, Examples]]:
    """Divide recordings `digit_speaker_index.wav`, by speaker and index, into those to learn from and to test on."""

    def parts(folder: Path) -> dict[str, Examples]:
        examples = read(folder / "recordings.zip")
        learnt = []
        for name in examples.names or ():
            _, speaker, index = Path(name).stem.split("_")
            learnt.append(keep(speaker, int(index)))
        return {part: examples.select(np.flatnonzero(np.equal(learnt, part == "train"))) for part in ("train", "test")}

    return parts
