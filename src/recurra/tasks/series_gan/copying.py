"""Whether a generator gives back what it learnt from: distances to the nearest window, and an attack."""

from dataclasses import dataclass

import numpy as np

from recurra.metrics.series import membership_auc, nearest_distances

_COPY = 0.5  # share of the distance that nearly no held-out window is below
_NEARLY_NONE = 0.01  # of the held-out windows


@dataclass(frozen=True)
class Copying:
    """What was measured.

    Attributes:
        made_distance, held_distance: medians of the distances to the nearest window that was learnt from, of made
            windows and of held-out ones.
        copies: share of the made windows that are copies: nearer than half the distance that 1% of the held-out ones
            are below.
        membership: AUC of the attack; see `recurra.metrics.series.membership_auc`.
    """

    made_distance: float
    held_distance: float
    copies: float
    membership: float

    def sentence(self) -> str:
        """Say it in words."""
        ratio = self.made_distance / max(self.held_distance, 1e-12)
        return (
            f"made windows are {ratio:.2f} times as far from what was learnt from as held-out ones; {self.copies:.1%} "
            f"of them are copies; an attack by distance tells what was learnt from with an AUC of "
            f"{self.membership:.3f} (0.5 is chance)"
        )


def measure_copying(train: np.ndarray, held: np.ndarray, made: np.ndarray, seed: int = 0) -> Copying:
    """Look for windows that were learnt from among made ones.

    Args:
        train, held, made: windows (N, T, F) that were learnt from, that were not, and that were made.
        seed: of the choice of members for the attack.
    """
    generator = np.random.default_rng(seed)
    of_made, of_held = nearest_distances(made, train), nearest_distances(held, train)
    threshold = _COPY * float(np.quantile(of_held, _NEARLY_NONE))
    members = train[generator.choice(len(train), min(len(train), len(held)), replace=False)]
    return Copying(
        float(np.median(of_made)),
        float(np.median(of_held)),
        float((of_made <= threshold).mean()),
        membership_auc(members, held, made),
    )
