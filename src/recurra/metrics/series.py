"""How far made series are from real ones, by numbers that need no network."""

import numpy as np

_PROJECTIONS = 128
_QUANTILES = np.linspace(0.005, 0.995, 100)
_AT_ONCE = 1 << 24  # distances that are held in memory


def sliced_distance(real: np.ndarray, made: np.ndarray, seed: int = 0) -> float:
    """Give the mean distance of both over random directions: of rows, and of the changes from row to row.

    The sliced Wasserstein distance (Rabin et al., 2011) of standardized windows; 0 for the same distribution.

    Args:
        real, made: (N, T, F) and (M, T, F).
        seed: of the directions.
    """
    generator = np.random.default_rng(seed)
    total = 0.0
    for view in (_flat, _changes):
        first, second = view(real), view(made)
        if not first.shape[1]:
            continue
        mean, deviation = first.mean(0), first.std(0)
        scale = deviation + 0.1 * float(np.sqrt(np.square(deviation).mean())) + 1e-3
        directions = generator.normal(size=(first.shape[1], _PROJECTIONS))
        directions /= np.linalg.norm(directions, axis=0)
        projected = [((part - mean) / scale) @ directions for part in (first, second)]
        quantiles = [np.quantile(part, _QUANTILES, axis=0) for part in projected]
        total += float(np.abs(quantiles[0] - quantiles[1]).mean())
    return total


def _flat(windows: np.ndarray) -> np.ndarray:
    return windows.reshape(len(windows), -1)


def _changes(windows: np.ndarray) -> np.ndarray:
    return np.diff(windows, axis=1).reshape(len(windows), -1)


def marginal_distances(real: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Give the distance of the distributions of each number over all rows, (F,): the largest difference of shares.

    The statistic of Kolmogorov and Smirnov: 0 for the same distribution, 1 for such that do not touch.

    Args:
        real, made: rows, (R, F) and (S, F).
    """
    distances = []
    for first, second in zip(np.sort(real, 0).T, np.sort(made, 0).T, strict=True):
        points = np.concatenate([first, second])
        shares = [np.searchsorted(part, points, side="right") / len(part) for part in (first, second)]
        distances.append(float(np.abs(shares[0] - shares[1]).max()))
    return np.asarray(distances)


def correlations(rows: np.ndarray) -> np.ndarray:
    """Give the correlation of each two numbers over all rows (R, F), (F, F); 0 with one that never changes."""
    centred = rows - rows.mean(0)
    scale = np.sqrt(np.square(centred).mean(0))
    safe = np.where(scale > 0, scale, 1.0)
    table: np.ndarray = (centred / safe).T @ (centred / safe) / len(rows)
    return table


def autocorrelations(windows: np.ndarray, lags: int) -> np.ndarray:
    """Give the correlation of each number with itself some rows later, (lags, F), over all windows (N, T, F).

    Args:
        windows: (N, T, F), all of T rows.
        lags: from 1 on.
    """
    centred = windows - windows.mean((0, 1))
    variance = np.square(centred).mean((0, 1))
    variance = np.where(variance > 0, variance, 1.0)
    found = [(centred[:, lag:] * centred[:, :-lag]).mean((0, 1)) / variance for lag in range(1, lags + 1)]
    return np.stack(found)


def nearest_distances(windows: np.ndarray, among: np.ndarray, excludes_self: bool = False) -> np.ndarray:
    """Give how far each window is from the nearest of others, by the root of the mean squared difference, (N,).

    Args:
        windows: (N, T, F).
        among: to look among, (M, T, F).
        excludes_self: whether both are the same windows, each of which is not its own neighbour.
    """
    first, second = _flat(windows).astype(np.float64), _flat(among).astype(np.float64)
    squares = np.square(second).sum(1)
    nearest = np.empty(len(first))
    block = max(1, _AT_ONCE // max(1, len(second)))
    for start in range(0, len(first), block):
        part = first[start : start + block]
        distances = np.square(part).sum(1)[:, None] + squares - 2 * part @ second.T
        if excludes_self:
            distances[np.arange(len(part)), start + np.arange(len(part))] = np.inf
        nearest[start : start + block] = distances.min(1)
    return np.asarray(np.sqrt(np.maximum(nearest, 0) / max(1, first.shape[1])))


def membership_auc(members: np.ndarray, others: np.ndarray, made: np.ndarray) -> float:
    """Attack by distance: how well the distance to the nearest made window tells what was learnt from, as an AUC.

    0.5 says that it tells nothing, 1 that what was learnt from is always nearer.

    Args:
        members: windows that were learnt from, (N, T, F).
        others: windows like these that were not.
        made: (M, T, F).
    """
    near, far = nearest_distances(members, made), nearest_distances(others, made)
    return ranking_share(far, near)


def ranking_share(larger: np.ndarray, smaller: np.ndarray) -> float:
    """Give the share of all pairs of which the first is larger, equal ones half."""
    ordered = np.sort(smaller)
    below = np.searchsorted(ordered, larger, "left") + np.searchsorted(ordered, larger, "right")
    return float(below.mean() / (2 * len(ordered)))
