"""What a classifier of clips learns from, in batches; and how a network watches many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from recurra.data import batches
from recurra.metrics import answers as answer_scores
from recurra.nn.device import device_of
from recurra.tasks.video.augmentation import augmented
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.fusion import Features, Scores
from recurra.tasks.video.network import ClipBatch, VideoNetwork
from recurra.tasks.video.signal import Signal
from recurra.training.batch import to_device
from recurra.training.validation import evaluating

MONITOR = "valid_loss"  # the score that chooses the weights
# Numbers of samples, with what pads them, that are watched at once when nothing is learnt: an encoder makes many times
# as many of them. Clips that are longer are watched in pieces.
_NUMBERS_AT_ONCE = 1 << 22
_NUMBERS_IN_A_PIECE = 1 << 19

Clip = dict[str, np.ndarray | None]  # the samples of its signals, (T, ...)
Sequences = Sequence[np.ndarray | None]  # the samples of each clip, (T, ...); None where it lacks the signal


@dataclass
class EncodedClips:
    """Clips with answers as numbers.

    signals: samples of each signal, by name. answers: of each clip, as `Answers.encode` gives them. where: what an
    error calls a clip, by position.
    """

    signals: dict[str, Sequences]
    answers: list[np.ndarray]
    where: Callable[[int], str] = str

    def __len__(self) -> int:
        return len(self.answers)


@dataclass
class ClipDataModule:
    """Clips to learn from and, maybe, some to validate on.

    shapes: what the signals are, by name. augments: whether clips are changed at random, where the settings say so.
    """

    config: VideoConfig
    shapes: dict[str, Signal]
    train: EncodedClips
    valid: EncodedClips | None
    unit: str = "clips"
    warnings: Sequence[str] = ()
    augments: bool = True

    def steps_per_epoch(self, epoch: int) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.train) // self.config.batch_size)

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[ClipBatch | None]:
        """Give the batches of an epoch, in another order each epoch, and changed at random as the settings say."""
        size, seed = self.config.batch_size, self.config.seed
        for rows in batches.epoch_batches(len(self.train), size, seed, epoch, start, rank, world_size):
            yield self._batch(rows, epoch) if len(rows) else None

    def _batch(self, rows: np.ndarray, epoch: int) -> ClipBatch:
        clips = [self._clip(int(row), epoch) for row in rows]
        inputs, lengths = pad(clips, self.shapes)
        steps = next(iter(inputs.values())).shape[1]
        targets = batches.pad_answers(self.train.answers, rows, steps, self.config.per_step)
        return ClipBatch(inputs, lengths, targets)

    def _clip(self, row: int, epoch: int) -> Clip:
        """A clip as it is learnt from in this epoch: a function of seed, epoch and position."""
        clip = {name: self.train.signals[name][row] for name in self.shapes}
        if not self.augments:
            return clip
        generator = np.random.default_rng([self.config.seed, epoch, row])
        return augmented(clip, self.shapes, self.config, generator)

    def score(self, network: VideoNetwork) -> dict[str, float]:
        """Score the validation part."""
        if self.valid is None:
            return {}
        answers = network.answers
        network.calibration.reset()
        watched = watch(network, self.valid.signals, len(self.valid), self.shapes)
        watched = calibrated(network, watched, self.valid.answers)
        logits = np.concatenate([clip.running if answers.per_step else clip.final[None] for clip in watched])
        targets = answers.concatenate(self.valid.answers)
        with torch.inference_mode():
            loss = network.mean_loss(batches.as_tensor(logits), batches.as_tensor(targets))
        return {MONITOR: float(loss)} | answer_scores.short(answers, logits, targets)


def pad(clips: Sequence[Clip], shapes: dict[str, Signal]) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Put clips side by side, with zeros after their ends.

    Args:
        clips: the samples of each signal of each, (T, ...), or None.
        shapes: what the signals are.

    Returns:
        By signal (B, T, ...), uint8 of frames and else float32; and lengths (B,), 0 where a clip lacks it.
    """
    inputs, lengths = dict[str, torch.Tensor](), dict[str, torch.Tensor]()
    for name, signal in shapes.items():
        samples = [clip.get(name) for clip in clips]
        count = [0 if array is None else len(array) for array in samples]
        padded = np.zeros((len(clips), max(1, *count), *signal.read_shape), signal.read_type)
        for row, array in zip(padded, samples, strict=True):
            if array is not None:
                row[: len(array)] = array
        inputs[name], lengths[name] = torch.from_numpy(padded), torch.tensor(count)
    return inputs, lengths


def encoded(network: VideoNetwork, clip: Clip, shapes: dict[str, Signal]) -> dict[str, Features]:
    """Give what the encoders make of the signals of one clip, (1, S, F) each.

    Args:
        network: that has them.
        clip: the samples of some signals, (T, ...), or None.
        shapes: what the signals are.
    """
    inputs, lengths = pad([clip], {name: shapes[name] for name in clip})
    with torch.no_grad():
        return network.fusion.encode(*to_device((inputs, lengths), device_of(network)))


@dataclass(frozen=True)
class Watched:
    """What a network made of a clip: scores at the end, (outputs,), and at each step, (T, outputs)."""

    final: np.ndarray
    running: np.ndarray


@torch.inference_mode()
def watch(network: VideoNetwork, signals: dict[str, Sequences], count: int, shapes: dict[str, Signal]) -> list[Watched]:
    """Watch clips, those of like length at once.

    Args:
        network: what watches.
        signals: the samples of `count` clips by signal.
        shapes: what the signals are.
    """
    numbers = [sum(_numbers(sequence[i]) for sequence in signals.values()) for i in range(count)]
    watched: list[Any] = [None] * count
    device = device_of(network)
    with evaluating(network):
        for rows in batches.longest_first(numbers, _NUMBERS_AT_ONCE, 64):
            clips = [{name: sequence[i] for name, sequence in signals.items()} for i in rows]
            present = {name: shapes[name] for name in signals if any(clip[name] is not None for clip in clips)}
            if numbers[rows[0]] > _NUMBERS_AT_ONCE:  # then it is alone
                scores = _scores_of_long(network, signals, rows[0], present)
            else:
                scores = network.scores(*to_device(pad(clips, present), device))
            final, running = scores.final.cpu().numpy(), scores.running.cpu().numpy()
            for i, (row, steps) in enumerate(zip(rows, scores.lengths.tolist(), strict=True)):
                watched[row] = Watched(final[i], running[i, :steps])
    return watched


def _scores_of_long(
    network: VideoNetwork, signals: dict[str, Sequences], row: int, shapes: dict[str, Signal]
) -> Scores:
    """The scores of one clip whose frames are too many to be held at once: they are encoded piece by piece."""
    features, lengths = dict[str, Features](), dict[str, torch.Tensor]()
    for name, signal in shapes.items():
        if signal.read_type is not np.uint8:
            features |= encoded(network, {name: signals[name][row]}, shapes)
        else:
            count, of_clip = _count(signals[name][row]), _pieces(network, signals[name], row, signal)
            features[name] = network.fusion.encode_pieces(name, of_clip, count)
        lengths[name] = features[name].lengths
    return network.calibrated(network.fusion.answer(features, lengths))


def _pieces(network: VideoNetwork, samples: Sequences, row: int, signal: Signal) -> Iterator[torch.Tensor]:
    """The frames of one clip, some at a time."""
    device = device_of(network)
    size, start = max(1, _NUMBERS_IN_A_PIECE // signal.numbers), 0
    while (whole := samples[row]) is not None and start < len(whole):  # anew: pages of a dropped map leave this process
        yield torch.from_numpy(np.array(whole[start : start + size])).to(device)
        start += size


def calibrated(network: VideoNetwork, watched: list[Watched], answers: list[np.ndarray]) -> list[Watched]:
    """Calibrate a network by what it made of clips that were held out, and give the same as it would say it now.

    Args:
        network: whose calibration was reset before it watched.
        watched: what it said.
        answers: of the same clips, as numbers.
    """
    device = network.calibration.coefficients.device
    lengths = torch.tensor([len(clip.running) for clip in watched], device=device)
    running = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(clip.running) for clip in watched], batch_first=True)
    final = torch.from_numpy(np.stack([clip.final for clip in watched]))
    scores = Scores(final.to(device), running.to(device), lengths)
    targets = [batches.as_tensor(answer) for answer in answers]
    per_step = network.answers.per_step

    def losses(at_steps: torch.Tensor, clips: torch.Tensor) -> torch.Tensor:
        of_clips = torch.cat(targets) if per_step else torch.stack(targets).to(device)[clips]
        return network.losses(at_steps, of_clips.to(device))

    seconds = network.seconds(running.shape[1]).to(device) * (running.shape[1] > 1)
    network.calibration.fit(scores.running, seconds, lengths, losses)
    sure = network.calibrated(scores)
    final, running = sure.final.cpu(), sure.running.cpu()
    return [Watched(final[i].numpy(), running[i, :steps].numpy()) for i, steps in enumerate(lengths.tolist())]


def _count(samples: np.ndarray | None) -> int:
    return 0 if samples is None else len(samples)


def _numbers(samples: np.ndarray | None) -> int:
    return 0 if samples is None else samples.size
