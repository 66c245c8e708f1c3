"""A data set of clips: of each clip some signals, each a sequence of samples at its own rate, and an answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recurra.data.clips.lazy_samples import SelectedSamples
from recurra.data.files.fingerprint import fingerprint
from recurra.errors import DataError

Samples = Sequence[np.ndarray | None]  # of each clip (T, ...); None where a clip lacks the signal


@dataclass(frozen=True)
class Clips:
    """Clips, and what each is to be answered with.

    Attributes:
        signals: by name ("video", "depth", "skeleton", "inertial"), for each clip its samples, read when they are asked
            for: video (T, H, W, 3) uint8, depth (T, H, W, 1) uint8, skeleton (T, J, 3) and inertial (T, F) float32;
            None where a clip lacks the signal.
        rates: samples a second of each signal.
        answers: of each clip a label, a list of labels, or an array of labels (T,), one a sample of the first signal;
            None where nothing is known.
        groups: the person or the source of each clip, which must not be divided among parts; None where nobody knows.
        where: what an error calls a clip.
        checksums: of each clip a hash of the files that its samples are made of, and of how they are sampled: equal for
            copies; None where nobody has made them.
        skipped: why each clip that was passed over could not be read.
    """

    signals: dict[str, Samples]
    rates: dict[str, float]
    answers: Sequence[Any] | None
    groups: list[str] | None
    where: Callable[[int], str]
    checksums: list[str] | None = None
    skipped: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.signals or not len(self):
            raise DataError("expected at least one clip, got none")
        for name, part in {**self.signals, "answers": self.answers, "groups": self.groups}.items():
            if part is not None and len(part) != len(self):
                raise DataError(f"{name}: expected one for each of {len(self)} clips, got {len(part)}")

    def __len__(self) -> int:
        return len(next(iter(self.signals.values())))

    def required_answers(self) -> Sequence[Any]:
        """The answers.

        Raises:
            DataError: there are none.
        """
        if self.answers is None:
            raise DataError(f"{self.where(0)}: expected an answer for each clip, got none")
        return self.answers

    def select(self, indices: Sequence[int] | np.ndarray) -> "Clips":
        """Some of the clips, in the order of `indices`; nothing is read."""
        chosen = [int(i) for i in indices]
        return replace(
            self,
            signals={name: SelectedSamples(samples, chosen) for name, samples in self.signals.items()},
            answers=_at(self.answers, chosen),
            groups=_at(self.groups, chosen),
            where=_at([self.where(i) for i in range(len(self))], chosen).__getitem__,
            checksums=_at(self.checksums, chosen),
        )

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        answers = None if self.answers is None else [np.asarray(answer).tolist() for answer in self.answers]
        return fingerprint(self.checksums or list(self.signals.values()), answers, self.rates)


def _at(values: Sequence[Any] | None, indices: list[int]) -> Any:
    return None if values is None else [values[i] for i in indices]
