"""Scores of made clips, to be read beside those of real ones: what stays, what moves, and how clips differ.

The average content distance (Tulyakov et al., 2018, MoCoGAN) is small where a clip shows one thing from its beginning
to its end; but a frozen frame has the smallest. So it says something only beside a score of motion and one of
diversity. All colors are from 0 to 255. Clips are (N, T, H, W, 3) uint8; none of these scores looks at more than
colors.
"""

from collections.abc import Mapping

import numpy as np

from recurra.errors import DataError

_THRESHOLD = 25  # of 255: how far a channel must be from the background's for a pixel to be part of a thing
_GRID = 8  # rows and columns of the places where something may move
_STAYS = 0.1  # share of the content diversity: a content distance as large is as bad as no motion
COMPARED = ("motion", "content_diversity", "motion_diversity")  # scores that made clips and real ones should share


def summary(clips: np.ndarray, background_color: np.ndarray | None = None) -> dict[str, float]:
    """Score clips in all ways: "content_distance" and `COMPARED`; see the functions of these names.

    Args:
        clips: (N, T, H, W, 3) uint8, at least two of at least two frames.
        background_color: as of `content`.
    """
    vectors = content(clips, background_color)
    return {
        "content_distance": float(content_distance(vectors).mean()),
        "motion": float(motion(clips).mean()),
        "content_diversity": content_diversity(vectors),
        "motion_diversity": motion_diversity(clips),
    }


def deviation(made: Mapping[str, float], real: Mapping[str, float]) -> float:
    """How far the scores of made clips are from those of real ones, 0 where they are equal: one number to choose by.

    The mean of four: by what share motion and both diversities are other than they should be, and, as many times as a
    tenth of the real content diversity, by how much the content distance is too large. So contents that change by a
    hundredth of what tells clips apart count as much as a tenth of the motion missing.

    Args:
        made, real: as of `summary`.
    """
    shares = [abs(made[name] - real[name]) / max(real[name], 1e-6) for name in COMPARED]
    excess = max(0.0, made["content_distance"] - real["content_distance"])
    shares.append(excess / max(_STAYS * real["content_diversity"], 1e-6))
    return sum(shares) / len(shares)


def background(clips: np.ndarray) -> np.ndarray | None:
    """Find the color that more than half of all pixels have, (3,) uint8; None where there is none.

    Real clips tell; the background of made ones may be nearly but not quite of one color.
    """
    _require_clips(clips)
    pixels = clips.reshape(-1, 3)
    median = np.median(pixels[:: max(1, len(pixels) // 1_000_000)], 0).astype(np.uint8)  # of a majority, the majority
    is_background = (pixels == median).all(1)
    return median if is_background.mean() > 0.5 else None


def content(clips: np.ndarray, background_color: np.ndarray | None = None) -> np.ndarray:
    """Describe each frame by what it shows: the mean color of the thing in it, as MoCoGAN describes moving shapes.

    Args:
        clips: (N, T, H, W, 3) uint8.
        background_color: (3,) uint8. The thing is all pixels that differ from it by more than a tenth of the scale in
            some channel; where there is none, a frame counts as of the background's color. None takes all pixels.

    Returns:
        (N, T, 3), red, green and blue from 0 to 255.
    """
    _require_clips(clips)
    if background_color is None:
        means: np.ndarray = clips.mean((2, 3))
        return means
    vectors = np.empty((*clips.shape[:2], 3))
    for clip, rows in zip(clips, vectors, strict=True):  # one by one, for the sake of memory
        distance = np.abs(clip.astype(np.int16) - background_color.astype(np.int16)).max(3)  # (T, H, W)
        mask = distance > _THRESHOLD
        count = mask.sum((1, 2))  # (T,)
        sums = (clip * mask[..., None]).sum((1, 2))  # (T, 3)
        rows[:] = np.where(count[:, None] > 0, sums / np.maximum(count, 1)[:, None], background_color)
    return vectors


def content_distance(vectors: np.ndarray) -> np.ndarray:
    """The average content distance of each clip: of all pairs of its frames, the mean distance between their contents.

    Args:
        vectors: as of `content`, (N, T, F).

    Returns:
        (N,) Euclidean distances, in the unit of the vectors.

    Raises:
        DataError: clips are shorter than two frames.
    """
    steps = vectors.shape[1]
    if steps < 2:
        raise DataError(f"clips: expected at least two frames each, got {steps}")
    first, second = np.triu_indices(steps, 1)
    distances: np.ndarray = np.linalg.norm(vectors[:, first] - vectors[:, second], axis=2).mean(1)
    return distances


def content_diversity(vectors: np.ndarray) -> float:
    """How much clips differ in what they show: of all pairs of clips, the mean distance between their mean contents.

    Args:
        vectors: as of `content`, (N, T, F).

    Raises:
        DataError: there are fewer than two clips.
    """
    return _mean_pair_distance(vectors.mean(1), 2)


def motion(clips: np.ndarray) -> np.ndarray:
    """How much moves in each clip: the mean change of a color from one frame to the next, (N,) from 0 to 255."""
    return np.asarray([_changes(clip).mean() for clip in clips])


def motion_diversity(clips: np.ndarray) -> float:
    """How much clips differ in where and when something moves.

    Of each clip this takes which share of its changes is in each cell of a grid at each step. Of all pairs of clips,
    the result is the mean share that would have to be elsewhere for them to be equal: 0 where all move alike, 1 where
    no two ever move in one place at the same time. Colors do not count.

    Raises:
        DataError: there are fewer than two clips.
    """
    shares = np.stack([_shares(clip).ravel() for clip in clips])
    return _mean_pair_distance(shares, 1) / 2


def _changes(clip: np.ndarray) -> np.ndarray:
    """What changes from frame to frame, (T - 1, H, W): the mean over the colors."""
    changes: np.ndarray = np.abs(np.diff(clip.astype(np.int16), axis=0)).mean(3)
    return changes


def _shares(clip: np.ndarray) -> np.ndarray:
    """Which share of a clip's changes is in each cell at each step, (T - 1, grid, grid); zeros where nothing moves."""
    changes = _changes(clip)
    rows, columns = (np.linspace(0, size, _GRID + 1).astype(int)[:-1] for size in changes.shape[1:])
    cells: np.ndarray = np.add.reduceat(np.add.reduceat(changes, rows, 1), columns, 2)
    return cells / max(float(cells.sum()), 1e-12)


def _mean_pair_distance(points: np.ndarray, order: int) -> float:
    """The mean distance of all pairs of points (N, F)."""
    count = len(points)
    if count < 2:
        raise DataError(f"clips: expected at least two, got {count}")
    sums = [np.linalg.norm(points[i + 1 :] - points[i], order, axis=1).sum() for i in range(count - 1)]
    return float(sum(sums)) / (count * (count - 1) / 2)


def _require_clips(clips: np.ndarray) -> None:
    if clips.ndim != 5 or clips.shape[4] != 3 or clips.dtype != np.uint8 or not clips.size:
        raise DataError(f"clips: expected (N, T, H, W, 3) uint8, got {clips.dtype} of shape {clips.shape}")
