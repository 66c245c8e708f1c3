"""Recordings as log-mel features: what of the sound lies in each of 40 bands, every hundredth of a second."""

import io
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from recurra.data.files import archive
from recurra.data.files.folder import ending, files, with_endings
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.readers import wav_header
from recurra.errors import DataError

SUFFIXES = (".wav", ".wave", ".flac", ".ogg", ".aiff", ".aif")
MELS = 40
RATES = (2_000, 1_000_000)  # Hz; below, 40 bands do not fit
MOST_SAMPLES = 1 << 28  # of a recording; one and a half hours at 48,000 Hz
_BLOCK = 1 << 16  # samples read at once


def read(path: Path) -> Examples:
    """Read one recording, or a folder or a .zip file of recordings.

    In a folder that has folders, these are the labels; else a label is what stands before the first "_" in a file's
    name, as in `seven_anna_3.wav`.

    Raises:
        DataError: there is no recording, or one cannot be read, or is of another sampling rate than the first.
    """
    if ending(path) == ".zip":
        with archive.opened(path) as file:
            members = {PurePosixPath(member.filename): member for member in file.infolist() if not member.is_dir()}
            names = with_endings(members, SUFFIXES)
            contents = (io.BytesIO(archive.read(path, file, members[name])) for name in names)
            inside = [path / name for name in names]
            folder = inside[0].parent if len({name.parent for name in inside}) == 1 else path
            return _examples(folder, zip(inside, contents, strict=True))
    if path.is_dir():
        return _examples(path, ((file, file) for file in recordings(path)))
    x, rate = features(path, path, None)
    return Examples([x], None, [str(path)], sampling_rate=rate)


def recordings(folder: Path) -> list[Path]:
    """The recordings in a folder and in the folders in it."""
    return files(folder, SUFFIXES, below=True)


def _examples(source: Path, files: Iterable[tuple[Path, Any]]) -> Examples:
    inputs, labels, names, rate = [], [], [], None
    for name, content in files:
        x, rate = features(name, content, rate)
        inputs.append(x)
        folder = name.parent.name if name.parent != source else ""
        labels.append(folder or name.stem.partition("_")[0] or name.stem)
        names.append(str(name))
    if not inputs:
        raise DataError(f"{source}: expected recordings ({', '.join(SUFFIXES)}), found none")
    return Examples(inputs, labels, names, sampling_rate=rate)


def features(name: Any, content: Any, rate: int | None, most_seconds: float = math.inf) -> tuple[np.ndarray, int]:
    """Give the log-mel features of a recording, (T, 40), and its sampling rate.

    Frames of 25 ms every 10 ms, channels averaged, by kaldi-native-fbank.

    Args:
        name: what an error calls it.
        content: the file, or its bytes in a stream.
        rate: what the sampling rate has to be, in Hz; None takes any of `RATES`.
        most_seconds: that it may last.

    Raises:
        DataError: it is no recording, of a wrong rate, too short, too long, or holds NaN.
    """
    soundfile, fbank = _libraries()
    try:
        with _opened(content) as file, soundfile.SoundFile(_require_whole(name, file)) as sound:
            _check_rate(name, sound.samplerate, rate)
            online = _feature_maker(fbank, sound.samplerate)
            count = 0
            for samples in _blocks(sound, _BLOCK // sound.channels):
                count += len(samples)
                if not np.isfinite(samples).all():
                    raise DataError(f"{name}: expected finite samples, got NaN or infinity")
                if count > MOST_SAMPLES:
                    raise DataError(f"{name}: expected at most {MOST_SAMPLES:,} samples, got more")
                if count > most_seconds * sound.samplerate:
                    raise DataError(f"{name}: expected at most {most_seconds:g} seconds of sound, got more")
                online.accept_waveform(sound.samplerate, samples.mean(1).tolist())
            sampling_rate = sound.samplerate
    except (soundfile.SoundFileError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "error_string", None) or error  # the whole would name the object that is read
        raise DataError(f"{name}: expected a recording, got: {reason}") from None
    online.input_finished()
    if not online.num_frames_ready:
        raise DataError(f"{name}: expected at least 5 ms of sound, got {count} samples at {sampling_rate} Hz")
    return np.stack([online.get_frame(i) for i in range(online.num_frames_ready)]), sampling_rate


def _opened(content: Any) -> Any:
    """The bytes of a recording as a file, which is closed at the end where it is opened here."""
    return content.open("rb") if isinstance(content, Path) else nullcontext(content)


def _require_whole(name: Any, file: Any) -> Any:
    """The same file, which must not have been cut where that can be told."""
    wav_header.refuse_cut(name, file)
    return file


def _check_rate(name: Any, rate: int, first_rate: int | None) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        raise DataError(f"{name}: expected a sampling rate of {RATES[0]:,} to {RATES[1]:,} Hz, got {rate:,}")
    if first_rate is not None and rate != first_rate:
        raise DataError(f"{name}: expected a sampling rate of {first_rate} Hz as in the first recording, got {rate}")


def _feature_maker(fbank: Any, rate: int) -> Any:
    options = fbank.FbankOptions()
    options.frame_opts.samp_freq, options.frame_opts.dither, options.frame_opts.snip_edges = rate, 0.0, False
    options.mel_opts.num_bins = MELS
    return fbank.OnlineFbank(options)


def _blocks(sound: Any, size: int) -> Iterator[np.ndarray]:
    """The samples, (n, channels), some at a time: how many a file announces may be far from what it holds."""
    while len(samples := sound.read(size, dtype="float32", always_2d=True)):
        yield samples


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
