"""Settings of classifiers of clips."""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.settings.bounds import Count, Epochs, Fraction, NotNegative, Positive, Probability, Size, SizeOrZero
from recurra.settings.check import require
from recurra.settings.network import RecurrentConfig

LEARNT = ("cnn", "conv-lstm", "conv-gru")
"""Encoders of frames that are learnt; all others stay as they are."""
ENCODERS = (*LEARNT, "efficientnet-lite0")
FrameSize = Annotated[int, Interval(ge=8, le=1024)]
"""Pixels of a side of a frame."""


@dataclass(kw_only=True)
class VideoConfig(RecurrentConfig):
    """Settings of a network that watches clips and answers."""

    epochs: Epochs = 40
    batch_size: Count = 8
    """Clips learnt from at once, over all processes."""
    learning_rate: Positive = 1e-3
    """Size of the steps, at their largest."""
    cell: str = "gru"
    """Recurrent cell: rnn, lstm, gru, or the name of one of your own in recurra.nn.cells.CELLS."""
    dropout: Fraction = 0.3
    """Dropped outputs of every recurrent layer, and of what the answer is read from."""
    weight_decay: NotNegative = 0.01
    """Pull of every weight towards zero; decoupled from the gradient in adamw."""
    bidirectional: bool = False
    """Whether a second recurrence reads from the end; there is then no answer before a clip is over."""
    pooling: Literal["mean", "last"] = "mean"
    """What the answer at a step is read from: the mean of the outputs up to it, or its output alone."""
    per_step: bool = False
    """Whether there is an answer at every frame."""

    signals: str = ""
    """What of a clip is read, between commas, such as depth,skeleton,inertial; where empty, all that there is."""
    fusion: Literal["late", "early"] = "late"
    """How several signals come together: each has a recurrence and scores of its own, which are added; or one
    recurrence reads the features of all side by side."""
    signal_dropout: Fraction = 0.3
    """Probability that a signal of a clip is left out in training, so that any of them may be missing later."""
    running_weight: Probability = 0.2
    """Share of the loss that asks for the answer at every step, so that it is known early; the rest asks at the end."""

    encoder: str = "cnn"
    """What reads a frame of video: cnn, a small residual network that is learnt; conv-lstm or conv-gru, convolutions
    that recur; efficientnet-lite0, learnt from photographs and not learnt on; timm:NAME, the same of the package timm;
    or the name of one of your own in recurra.nn.encoders.pretrained.FRAME_ENCODERS."""
    channels: Size = 16
    """Of the first layer of cnn, conv-lstm and conv-gru; the next have twice as many each."""
    frame_rate: Positive = 10.0
    """Frames of video read a second, by time."""
    frame_size: FrameSize = 64
    """Pixels of a side that frames of video are brought to."""
    max_seconds: NotNegative = 0.0
    """In training, the part of a longer clip that is read, at a place drawn anew each time; 0 reads all."""

    augment: bool = True
    """Whether clips are changed at random in training: shifted, scaled, turned, sped up, erased in part."""
    flip: bool = False
    """Whether this mirrors frames, too: only where left and right mean the same."""

    label_smoothing: Fraction = 0.1
    """Share of each answer that is spread over all classes."""
    valid_fraction: Fraction = 0.15
    """Share of the groups (persons, sources) held out to choose the best weights by, when no validation data is named;
    0 learns from all."""
    group_pattern: str = ""
    """A regular expression with one group in brackets, such as 'person(\\d+)_', that finds the person or source of a
    clip in its path: these are never divided. Where empty, a table's column called group; else each file by itself."""
    skip_bad: bool = False
    """Whether clips that cannot be read are passed over, and counted, instead of refused."""
    embedding_size: SizeOrZero = 0
    """Numbers that the features of a step are brought to before they are fused early; 0 takes hidden_size."""

    def __post_init__(self) -> None:
        super().__post_init__()
        known = self.encoder in ENCODERS or bool(re.fullmatch(r"timm:\S+", self.encoder))
        if not known:  # a person's own may be among them, which takes PyTorch
            named = import_module("recurra.nn.encoders.pretrained").FRAME_ENCODERS
            known = self.encoder in named
        require(self, "encoder", known, f"{', '.join(ENCODERS)}, timm:NAME or one of your own in FRAME_ENCODERS")
        require(self, "signals", "" not in self.signal_names or not self.signals, "names between commas")
        causal = not (self.bidirectional and self.per_step and self.pooling == "mean")
        require(self, "pooling", causal, "last, where a network of two directions answers at every frame")

    @property
    def signal_names(self) -> list[str]:
        """The signals that were named."""
        return [name.strip() for name in self.signals.split(",")] if self.signals else []
