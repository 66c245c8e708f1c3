"""What a generator of clips learns from, in batches; and what its clips are compared with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from recurra.data import batches
from recurra.data.clips.clips import Clips
from recurra.errors import DataError
from recurra.interruption import require_wanted
from recurra.metrics import clips as clip_scores
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.generator import ClipNoise
from recurra.tasks.clip_gan.network import ClipGANNetwork, RealClips, as_bytes
from recurra.training.validation import evaluating

MONITOR = "valid_deviation"  # the score that chooses the weights
_FRAMES_AT_ONCE = 64  # that are made together when nothing is learnt
_SIGNAL = "video"
_COMPARED = 1 << 21  # of a seed, in the place of the epoch: what is compared with is none of the trainings' parts


@dataclass(frozen=True)
class LearntClips:
    """Clips as a generator learns from them.

    samples: of each clip (T, H, W, 3) uint8, mapped to memory. labels: a number of each, (N,), or None.
    """

    samples: Sequence[Any]
    labels: np.ndarray | None

    @classmethod
    def of(cls, clips: Clips, names: Sequence[str], config: ClipGANConfig) -> "LearntClips":
        """Hold clips that were read to what can be learnt from.

        Args:
            clips: with a video each.
            names: the labels that there are; none where they are not learnt.
            config: says how long they must be.

        Raises:
            DataError: one has no video, is too short, or has a label that is not among those.
        """
        if _SIGNAL not in clips.signals:
            raise DataError(f"{clips.where(0)}: expected a video, got {', '.join(clips.signals)}")
        samples = clips.signals[_SIGNAL]
        for i, frames in enumerate(samples):
            if frames is None or len(frames) < config.clip_length:
                expected = f"at least {config.clip_length} frames at {config.frame_rate:g} a second (clip_length)"
                raise DataError(f"{clips.where(i)}: expected {expected}, got {0 if frames is None else len(frames)}")
        return cls(samples, _numbers(clips, names) if names else None)

    def __len__(self) -> int:
        return len(self.samples)

    def parts(self, rows: np.ndarray, length: int, seed: Sequence[int]) -> RealClips:
        """Cut a part out of some clips, at places that are a function of the seed and of which clips they are."""
        parts = []
        for row in rows.tolist():
            frames = self.samples[row]
            start = int(np.random.default_rng([*seed, row]).integers(len(frames) - length + 1))
            parts.append(np.asarray(frames[start : start + length]))
        labels = None if self.labels is None else torch.from_numpy(self.labels[rows])
        return RealClips(torch.from_numpy(np.stack(parts)), labels)


def _numbers(clips: Clips, names: Sequence[str]) -> np.ndarray:
    """The number of the label of each clip."""
    number_of = {name: number for number, name in enumerate(names)}
    numbers = []
    for i, answer in enumerate(clips.required_answers()):
        if not isinstance(answer, str) or answer not in number_of:
            raise DataError(f"{clips.where(i)}: expected one of the labels {', '.join(names)}, got {answer!r}")
        numbers.append(number_of[answer])
    return np.asarray(numbers)


@dataclass
class ClipGANDataModule:
    """Clips to learn from, and real ones to compare made ones with."""

    config: ClipGANConfig
    train: LearntClips
    compared: "Comparison"
    unit: str = "clips"
    warnings: Sequence[str] = ()

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch; what is over is left to another one, but of few clips all are taken."""
        return max(1, len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[RealClips | None]:
        """Give the batches of an epoch, in another order each epoch."""
        config = self.config
        drawn = batches.epoch_batches(len(self.train), config.batch_size, config.seed, epoch, 0, rank, world_size)
        for rows in list(drawn)[start : self.steps_per_epoch(epoch)]:
            yield self.train.parts(rows, config.clip_length, [config.seed, epoch]) if len(rows) else None


@dataclass(frozen=True)
class Comparison:
    """Real clips, and how made ones are compared with them.

    clips: (N, T, H, W, 3) uint8. labels: a number of each, (N,), or None. background: see `metrics.clips.background`.
    real: their scores, see `metrics.clips.summary`.
    """

    clips: np.ndarray
    labels: torch.Tensor | None
    background: np.ndarray | None
    real: dict[str, float]

    @classmethod
    def of(cls, clips: LearntClips, config: ClipGANConfig, number: int = 0) -> "Comparison":
        """Draw real clips to compare with, a part of each.

        Args:
            clips: that they are drawn from, each once at most.
            config: says how many, and how long.
            number: of the drawing; another number gives others.

        Raises:
            DataError: there are fewer than two.
        """
        rows = np.random.default_rng([config.seed, _COMPARED, number]).permutation(len(clips))
        chosen = clips.parts(rows[: config.compared_clips], config.clip_length, [config.seed, _COMPARED + number])
        real = chosen.clips.numpy()
        background = clip_scores.background(real)
        return cls(real, chosen.labels, background, clip_scores.summary(real, background))

    def made_by(self, network: ClipGANNetwork, noise: ClipNoise | None = None) -> np.ndarray:
        """Make as many clips, as long and of the same labels, (N, T, H, W, 3) uint8."""
        if noise is None:
            noise = network.generator.noise(len(self.clips), self.clips.shape[1], self.labels)
        return make(network, noise)

    def score(self, network: ClipGANNetwork) -> dict[str, float]:
        """Score made clips, each score's name with "valid_" before it."""
        made = clip_scores.summary(self.made_by(network), self.background)
        deviation = clip_scores.deviation(made, self.real)
        return {MONITOR: deviation} | {f"valid_{name}": value for name, value in made.items()}


@torch.no_grad()
def make(network: ClipGANNetwork, source: ClipNoise) -> np.ndarray:
    """Make clips (N, T, H, W, 3) uint8, some frames at a time."""
    length = source.motion.shape[1] - 1
    at_once = max(1, _FRAMES_AT_ONCE // length)
    made = []
    with evaluating(network):
        for start in range(0, len(source.content), at_once):
            some = source.rows(slice(start, start + at_once)).to(network.device)
            parts = []
            for part in network.generator.parts(some, _FRAMES_AT_ONCE):
                parts.append(as_bytes(part).cpu())
                require_wanted()
            made.append(torch.cat(parts, 1))
    return torch.cat(made).numpy()
