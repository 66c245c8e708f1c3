"""Whether a generator and a discriminator still learn from each other, and what to say where they do not."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from recurra.training.saved_state import require

_MEMORY = 0.95  # of what is measured
# Steps in a row after which what is wrong is said. Trainings that came out well had discriminators that won for some
# hundred steps at the beginning, before the generator had learnt anything.
_STEPS = {"won": 1000, "collapsed": 500}
_COLLAPSED = 0.1  # share of the real samples' spread
_WON = 0.995  # accuracy of a discriminator from which nothing can be learnt
TROUBLES = {
    "won": "the discriminator has told made samples from real ones without fail",
    "collapsed": "the made samples have collapsed",
}
"""How what is said of each trouble begins; in the log of a training it is known by that."""


def ranking_accuracy(real_scores: Tensor, made_scores: Tensor) -> Tensor:
    """Share of all pairs in which the real sample has the higher score; a pair with equal scores counts half.

    0.5 says that the discriminator cannot tell them apart, 1 that it always does, whatever loss it follows.

    Args:
        real_scores: of any shape; higher where the discriminator takes a sample for real.
        made_scores: of any shape.
    """
    real = real_scores.detach().flatten().float()
    made = made_scores.detach().flatten().float().sort().values
    below = torch.searchsorted(made, real) + torch.searchsorted(made, real, right=True)
    return below.double().mean() / (2 * len(made))


def spread(samples: Tensor) -> Tensor:
    """How far samples are from each other: the deviation over the samples, averaged over all that they consist of.

    Args:
        samples: (N, ...).
    """
    return samples.detach().float().std(0, correction=0).mean()


class AdversarialHealth:
    """Watches the scores of a training step by step; of each trouble it says once that it is there.

    It reads "discriminator_accuracy" (`ranking_accuracy`), and "made_spread" beside "real_spread" (`spread`). What a
    network does not give is not watched.
    """

    def __init__(self) -> None:
        self.smoothed: dict[str, float] = {}  # over the steps
        self.counts: dict[str, int] = {"won": 0, "collapsed": 0}  # steps in a row with this trouble

    def warnings(self, scores: Mapping[str, float]) -> tuple[str, ...]:
        """Take in the scores of a step; say what has been wrong for long.

        Returns:
            A line for each trouble that has now lasted long enough.
        """
        for name in ("discriminator_accuracy", "made_spread", "real_spread"):
            if name in scores and math.isfinite(scores[name]):
                before = self.smoothed.get(name, scores[name])
                self.smoothed[name] = _MEMORY * before + (1 - _MEMORY) * scores[name]
        troubles = {"won": self._has_won(), "collapsed": self._is_collapsed()}
        for trouble, is_there in troubles.items():
            self.counts[trouble] = self.counts[trouble] + 1 if is_there else 0
        return tuple(self._line(trouble) for trouble, count in self.counts.items() if count == _STEPS[trouble])

    def _has_won(self) -> bool:
        return self.smoothed.get("discriminator_accuracy", 0.0) > _WON

    def _is_collapsed(self) -> bool:
        made, real = self.smoothed.get("made_spread", math.inf), self.smoothed.get("real_spread", 0.0)
        return made < _COLLAPSED * real

    def _line(self, trouble: str) -> str:
        steps = _STEPS[trouble]
        if trouble == "won":
            return (
                f"{TROUBLES[trouble]} for {steps} steps, so that the "
                "generator learns little from it; try a smaller discriminator_learning_rate or fewer "
                "discriminator_steps"
            )
        share = self.smoothed["made_spread"] / self.smoothed["real_spread"]
        return (
            f"{TROUBLES[trouble]}: for {steps} steps their spread has been below {_COLLAPSED:.0%} of the "
            f"real ones', now {share:.1%}; try a smaller learning_rate, more discriminator_steps or another seed"
        )

    def state_dict(self) -> dict[str, Any]:
        """Give what is to be saved."""
        return {"smoothed": dict(self.smoothed), "counts": dict(self.counts)}

    def require_state(self, saved: Any, file: Path) -> None:
        """Hold a saved state to what this can go on from.

        Raises:
            DataError: it is another; names the file.
        """
        expected = "what was measured of its players"
        is_whole = isinstance(saved, dict) and all(isinstance(saved.get(name), dict) for name in self.state_dict())
        require(is_whole and saved["counts"].keys() == self.counts.keys(), file, expected)
        require(all(type(count) is int for count in saved["counts"].values()), file, expected)
        require(all(type(value) in (int, float) for value in saved["smoothed"].values()), file, expected)

    def load_state(self, saved: dict[str, Any]) -> None:
        """Go back to a state that `require_state` let pass."""
        self.smoothed, self.counts = dict(saved["smoothed"]), dict(saved["counts"])
