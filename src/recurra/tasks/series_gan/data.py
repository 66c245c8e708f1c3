"""What a generator of series learns from: windows, drawn at random; and how it is scored while it learns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from recurra.data.batches import poisson_batch, shard
from recurra.data.tables.cutting import WindowIndex
from recurra.metrics.series import sliced_distance
from recurra.nn.device import device_of
from recurra.nn.generators import drawing_from
from recurra.tasks.series_gan.batch import SeriesBatch
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.tasks.series_gan.heads import harden
from recurra.tasks.series_gan.network import SeriesNetwork
from recurra.training import checkpoint

MONITOR = "valid_distance"  # the score that chooses the generator
_LONGEST_WHOLE, _WINDOW = 64, 24  # rows of the longest series that are no windows, and of a window
_BEGINNINGS = 0.25  # share of the windows that are learnt as beginnings of a series
_SCORED = 1000  # windows
_AT_ONCE = 1024  # windows, when nothing is learnt
_SEED = 1 << 20  # of the windows that are made to be scored


def window_of(config: SeriesGANConfig, steps: Sequence[np.ndarray]) -> int:
    """Choose the rows of a window, where the settings leave it open."""
    longest = max(map(len, steps))
    return config.window or (longest if longest <= _LONGEST_WHOLE else _WINDOW)


@dataclass
class SeriesDataModule:
    """Windows to learn from, and some to score on.

    Attributes:
        config: the settings.
        index: the windows.
        context: of each series, (N, C).
        held: windows that are held out, and their context; None scores on those that are learnt from.
        window: rows of a window.
    """

    config: SeriesGANConfig
    index: WindowIndex
    context: np.ndarray
    window: int
    held: tuple[WindowIndex, np.ndarray] | None = None
    unit: str = "windows"
    warnings: Sequence[str] = field(default_factory=list)

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return self.config.epoch_steps

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[SeriesBatch | None]:
        """Give batches of windows, each of which is a function of the seed, the epoch and its number.

        In a private training each window is in a batch with the same probability, for itself: there may be none.
        """
        for number in range(start, self.config.epoch_steps):
            if self.config.epsilon:
                size, seed = self.config.batch_size, self.config.seed
                yield self.batch(poisson_batch(len(self.index), size, seed, epoch, number))
                continue
            generator = np.random.default_rng([self.config.seed, epoch, number])
            windows = shard(generator.integers(len(self.index), size=self.config.batch_size), rank, world_size)
            begins = generator.uniform(size=self.config.batch_size) < _BEGINNINGS
            yield self.batch(windows, shard(begins, rank, world_size)) if len(windows) else None

    def batch(self, windows: np.ndarray, begins: np.ndarray | None = None) -> SeriesBatch:
        """Give some windows.

        Args:
            windows: their positions, (B,).
            begins: which to take for the beginning of a series, (B,).
        """
        return _batch(self.index, self.context, windows, self.window if self.config.continued else 0, begins)

    def in_order(self) -> list[SeriesBatch]:
        """Give all windows, in their order."""
        positions = np.arange(len(self.index))
        return [self.batch(positions[start : start + _AT_ONCE]) for start in range(0, len(positions), _AT_ONCE)]

    def scored(self, count: int = _SCORED) -> SeriesBatch:
        """Give windows to compare made ones with, spread evenly over those held out, or over all."""
        index, context = self.held or (self.index, self.context)
        windows = np.unique(np.linspace(0, len(index) - 1, min(count, len(index))).astype(np.int64))
        return _batch(index, context, windows, self.window if self.config.continued else 0, None)

    @torch.no_grad()
    def score(self, network: SeriesNetwork) -> dict[str, float]:
        """Measure how far made windows are from real ones of the same context; see `sliced_distance`.

        Before the game begins, give the loss of what is learnt then on these windows in its place.
        """
        device = device_of(network)
        batch = self.scored().to(device)
        if network.phase != "game":
            return {MONITOR: float(network.phase_loss(batch))}
        with drawing_from(checkpoint.generators(_SEED, device)):
            made = make_alike(network, batch).cpu()
        return {MONITOR: sliced_distance(batch.steps.cpu().numpy(), made.numpy())}


def make_alike(network: SeriesNetwork, batch: SeriesBatch) -> torch.Tensor:
    """Make a window for each of a batch: of its context, after the same rows, and as long, (B, T, F)."""
    steps = batch.steps.shape[1]
    noise = network.draw_noise(len(batch.steps), steps, batch.steps)
    before = (batch.before, batch.before_lengths) if network.continues else (None, None)
    made = harden(network.make(noise, steps, batch.context, *before), network.features)
    mask = torch.arange(steps, device=made.device) < batch.lengths[:, None]
    return made * mask[..., None]


def _batch(
    index: WindowIndex, context: np.ndarray, windows: np.ndarray, most_before: int, begins: np.ndarray | None
) -> SeriesBatch:
    steps, lengths = index.gather(windows)
    before, before_lengths = index.gather_before(windows, most_before)
    if begins is not None:
        before_lengths = np.where(begins, 0, before_lengths)
    arrays = (steps, lengths, context[index.series[windows]], before, before_lengths, windows)
    return SeriesBatch(*map(torch.from_numpy, arrays))
