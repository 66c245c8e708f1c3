"""Windows in a plane, to be looked at: by principal components and by t-SNE (van der Maaten and Hinton, 2008)."""

from collections.abc import Mapping

import numpy as np

_SHOWN = 400  # windows of each kind
_PERPLEXITY = 30.0


def projections(windows: Mapping[str, np.ndarray], seed: int = 0) -> dict[str, dict[str, np.ndarray]]:
    """Project windows to a plane, all of them together.

    Args:
        windows: by what they are, (N, T, F) each.
        seed: of the choice of windows, and of t-SNE.

    Returns:
        "PCA" and "t-SNE": by what the windows are their places, (n, 2).
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    generator = np.random.default_rng(seed)
    chosen = {
        name: part[generator.choice(len(part), min(_SHOWN, len(part)), replace=False)].reshape(-1, part[0].size)
        for name, part in windows.items()
    }
    rows = np.concatenate(list(chosen.values())).astype(np.float64)
    ends = np.cumsum([len(part) for part in chosen.values()])[:-1]
    planes = {}
    if len(rows) > 2 and rows.shape[1] > 1:
        planes["PCA"] = PCA(2, random_state=seed).fit_transform(rows)
    perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
    if perplexity > 1:
        planes["t-SNE"] = TSNE(2, perplexity=perplexity, init="random", random_state=seed).fit_transform(rows)
    return {name: dict(zip(chosen, np.split(places, ends), strict=True)) for name, places in planes.items()}
