"""The network that watches clips and answers them, and its loss.

Each signal of a clip has an encoder; what recurs over their features, and how several signals come together, is in
`recurra.tasks.video.fusion`.
"""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.data.sequences.answers import Answers
from recurra.nn.generators import generator_for
from recurra.nn.step_mask import step_mask
from recurra.tasks.video.calibration import Calibration
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.encoders import make_encoder
from recurra.tasks.video.fusion import EarlyFusion, LateFusion, Lengths, Samples, Scores
from recurra.tasks.video.signal import Signal
from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork


@dataclass(frozen=True)
class ClipBatch(Batch):
    """Clips and their right answers.

    Attributes:
        inputs: samples of each signal, (B, T, ...), with zeros after the ends of shorter clips.
        lengths: samples of each signal of each clip, (B,); 0 where the clip lacks it.
        targets: answers as numbers, (B, ...); with one at every frame (B, T, ...).
    """

    inputs: Samples
    lengths: Lengths
    targets: Tensor

    @property
    def size(self) -> int:
        """Clips."""
        return len(self.targets)


class VideoNetwork(SupervisedNetwork[ClipBatch]):
    """An encoder a signal, recurrences, and heads.

    Args:
        signals: what a clip consists of, by name; the first sets the steps at which there are answers.
        answers: what the heads give.
        config: the settings.
    """

    loss_unit = "nats an answer"

    def __init__(self, signals: dict[str, Signal], answers: Answers, config: VideoConfig):
        super().__init__()
        self.answers = answers
        self.smoothing = config.label_smoothing
        self.running_weight = config.running_weight
        self.signal_dropout = config.signal_dropout if len(signals) > 1 else 0.0
        encoders = {name: make_encoder(name, signal, config) for name, signal in signals.items()}
        rates = {name: signal.rate for name, signal in signals.items()}
        fusion = LateFusion if config.fusion == "late" or len(signals) == 1 else EarlyFusion
        self.calibration = Calibration()
        self.fusion = fusion(encoders, rates, answers.outputs, config)

    def forward(self, inputs: Samples, lengths: Lengths | None = None, state: Any = None) -> tuple[Tensor, None]:
        """Answer whole clips.

        Args:
            inputs: samples of each signal, (B, T, ...); a signal may be missing.
            lengths: samples of each signal of each clip that are no padding, (B,), 0 where the clip lacks it; None
                where all are.
            state: None; clips that come in pieces are for `stream`.

        Returns:
            Scores of the answers before softmax or sigmoid: (B, outputs), or (B, T, outputs) with an answer at every
            frame; and no state.
        """
        scores = self.scores(inputs, lengths)
        return scores.running if self.answers.per_step else scores.final, None

    def scores(self, inputs: Samples, lengths: Lengths | None = None) -> Scores:
        """Give the scores at the end of clips, and those at every step; arguments as of `forward`."""
        lengths = _all_of(inputs) if lengths is None else lengths
        return self.calibrated(self.fusion.answer(self.fusion.encode(inputs, lengths), lengths))

    def calibrated(self, scores: Scores) -> Scores:
        """Make scores as sure as they may be; see `Calibration`."""
        seconds = self.seconds(scores.running.shape[1]).to(scores.final.device)  # (T,)
        if scores.running.shape[1] == 1:  # at the end alone
            seconds = seconds * 0
        final = self.calibration(scores.final, seconds[scores.lengths - 1])
        return replace(scores, final=final, running=self.calibration(scores.running, seconds))

    def seconds(self, steps: int) -> Tensor:
        """When each of the first steps is over, (T,), in seconds from the beginning."""
        timeline = self.fusion.timeline
        return torch.arange(1, steps + 1) / timeline.rates[timeline.first]

    def stream(self, name: str, samples: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Answer clips of which one signal comes in pieces: see `Fusion.stream`."""
        count, fusion_state = (0, None) if state is None else state
        scores, fusion_state = self.fusion.stream(name, samples, fusion_state)  # (B, T', outputs)
        timeline = self.fusion.timeline
        seconds = torch.arange(count + 1, count + 1 + scores.shape[1], device=scores.device) / timeline.rates[name]
        return self.calibration(scores, seconds), (count + scores.shape[1], fusion_state)

    def loss(self, batch: ClipBatch, state: Any = None) -> tuple[Tensor, None]:
        """Compute the loss of a batch.

        Where there are several signals, some are left out at random in training, and the answer of each alone is asked
        for, too: so that one network answers from any of them (modality dropout: Neverova et al., 2016, "ModDrop"). So
        is that of each view, where a signal has several.

        Args:
            batch: clips and answers.
            state: nothing: clips do not go on from batch to batch.

        Returns:
            Mean loss, nats an answer; and no state.
        """
        features = self.fusion.encode(batch.inputs, batch.lengths)
        scores = self.fusion.answer(features, self._without_some(batch.lengths))
        if self.answers.per_step:
            mask = step_mask(scores.lengths, scores.running.shape[1])  # (B, T)
            return self.mean_loss(scores.running[mask], batch.targets[mask]), None
        loss = self.mean_loss(scores.final, batch.targets)
        if self.running_weight and scores.running.shape[1] > 1:
            loss = (1 - self.running_weight) * loss + self.running_weight * self._running_loss(scores, batch.targets)
        for name, alone in scores.alone.items():
            there = batch.lengths[name] > 0  # (B,)
            if alone and bool(there.any()):
                losses = torch.stack([self.mean_loss(logits[there], batch.targets[there]) for logits in alone])
                loss = loss + losses.mean() / len(scores.alone)
        return loss, None

    def loss_weight(self, batch: ClipBatch) -> float:
        """Give what the loss is a mean over: answers."""
        if self.answers.per_step:
            return float(batch.lengths[self.fusion.timeline.first].sum())
        return float(batch.size)

    def _without_some(self, lengths: Lengths) -> Lengths:
        """Leave signals of clips out at random, in training; of no clip all."""
        if not (self.training and self.signal_dropout):
            return lengths
        table = torch.stack(list(lengths.values()), 1)  # (B, S)
        draws = torch.rand(table.shape, generator=generator_for(table), device=table.device)
        draws = draws.masked_fill(table == 0, -1.0)  # what is missing is never the one that stays
        stays = (draws > self.signal_dropout) | (draws == draws.amax(1, keepdim=True))
        thinned = table * stays
        return {name: thinned[:, column] for column, name in enumerate(lengths)}

    def _running_loss(self, scores: Scores, targets: Tensor) -> Tensor:
        """The loss at every step, its mean over the steps of each clip."""
        mask = step_mask(scores.lengths, scores.running.shape[1])  # (B, T)
        clips = torch.arange(len(targets), device=targets.device).repeat_interleave(scores.lengths)  # (N,)
        losses = self.losses(scores.running[mask], targets[clips])  # (N,)
        return (losses / scores.lengths[clips]).sum() / len(targets)

    def mean_loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the mean loss of scores (N, outputs) against answers (N, ...)."""
        return self.losses(logits, targets).mean()

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Give the loss of each answer, (N,), of scores (N, outputs); its labels are smoothed in training only."""
        smoothing = self.smoothing if self.training else 0.0
        if self.answers.kind == "class" and self.answers.outputs > 1:
            return F.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
        smoothed = targets.to(logits.dtype) * (1 - smoothing) + 0.5 * smoothing
        if self.answers.kind == "class":
            return F.binary_cross_entropy_with_logits(logits[:, 0], smoothed, reduction="none")
        return F.binary_cross_entropy_with_logits(logits, smoothed, reduction="none").mean(-1)


def _all_of(inputs: Samples) -> Lengths:
    """The lengths of clips without padding."""
    return {
        name: torch.full((len(samples),), samples.shape[1], device=samples.device) for name, samples in inputs.items()
    }
