"""The vectors of a frozen frame encoder, computed once for each clip and kept in the cache, by content."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recurra.data.files import atomic
from recurra.data.files.cache import cache_folder
from recurra.data.files.fingerprint import fingerprint
from recurra.nn.encoders.pretrained import FrozenFrames


def feature_folder() -> Path:
    """Where the vectors of clips are kept, a folder an encoder."""
    return cache_folder() / "features"


def features_of(
    encoder: FrozenFrames,
    clips: Sequence[np.ndarray],
    *,
    checksums: Sequence[str] | None = None,
    dtype: type[np.floating] = np.float32,
) -> list[np.ndarray]:
    """Give the vectors of all clips; those of clips and an encoder that came before are read from the cache.

    Args:
        encoder: of frames. Its weights and settings are part of what the cache goes by.
        clips: of each its frames (T, H, W, 3) uint8; read only where the vectors are not there yet, or to find its
            checksum.
        checksums: of the clips' content, where they are known.
        dtype: in which vectors are kept, float32 or float16, which is half as large and off by 0.05%.

    Returns:
        Of each clip its vectors (T, F), mapped to memory and read-only.

    Raises:
        DataError: the cache cannot be written.
    """
    folder = feature_folder() / f"{_encoder_fingerprint(encoder)[:32]}_{np.dtype(dtype).name}"
    folder.mkdir(parents=True, exist_ok=True)
    features = []
    for index in range(len(clips)):
        name = checksums[index] if checksums is not None else fingerprint(np.asarray(clips[index]))
        features.append(_vectors(encoder, clips, index, folder / f"{name}.npy", np.dtype(dtype)))
    return features


def _vectors(encoder: FrozenFrames, clips: Sequence[np.ndarray], index: int, path: Path, dtype: np.dtype) -> np.ndarray:
    """The vectors of one clip, from its file or computed and written there."""
    cached = _read(path, encoder.size, dtype)
    if cached is not None:
        return cached
    clip = clips[index]
    device = encoder.mean.device
    parts = []
    for start in range(0, len(clip), encoder.frames_at_once):  # a clip may be larger than memory
        frames = torch.from_numpy(np.array(clip[start : start + encoder.frames_at_once]))
        parts.append(encoder.frames(frames.to(device)).cpu().numpy())
    vectors = np.concatenate(parts) if parts else np.zeros((0, encoder.size))
    with atomic.replacing(path) as aside, aside.open("wb") as file:
        np.save(file, vectors.astype(dtype))  # (T, F)
    written = _read(path, encoder.size, dtype)
    return vectors.astype(dtype) if written is None else written


def _read(path: Path, size: int, dtype: np.dtype) -> np.ndarray | None:
    """The vectors in a file; None where it is not there, or is none of ours."""
    try:
        vectors: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    is_ours = vectors.ndim == 2 and vectors.shape[1] == size and vectors.dtype == dtype
    return vectors if is_ours else None


def _encoder_fingerprint(encoder: FrozenFrames) -> str:
    """A hash of all that the vectors hang on besides the frames."""
    tensors: dict[str, Tensor] = {**encoder.state_dict(), "mean": encoder.mean, "std": encoder.std}
    arrays = {name: tensor.detach().cpu().float().numpy() for name, tensor in tensors.items()}
    return fingerprint(repr(encoder), arrays)
