"""Settings of networks that make clips."""

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.settings.adversarial import AdversarialConfig
from recurra.settings.bounds import Count, CountOrZero, Epochs, Fraction, NotNegative, Positive, Probability, Size
from recurra.settings.check import require
from recurra.settings.network import CELLS

ClipLength = Annotated[int, Interval(ge=4, le=10_000)]
FrameSize = Annotated[int, Interval(ge=16, le=256)]


@dataclass(kw_only=True)
class ClipGANConfig(AdversarialConfig):
    """Settings of a network that makes clips."""

    epochs: Epochs = 10
    batch_size: Count = 8
    """Clips learnt from at once, over all processes."""
    optimizer: Literal["adamw", "adam", "sgd", "asgd"] = "adam"
    """How weights follow gradients."""
    learning_rate: Positive = 1e-3
    """Size of the generator's steps, at their largest."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "cosine"
    """How the learning rates fall: over the whole training, not at all, or when validation stalls."""
    evaluate_every: CountOrZero = 300
    """Steps between evaluations on the validation part; 0 evaluates once an epoch."""
    average_decay: Fraction = 0.998
    """If not 0, what is evaluated and kept is a running average of the weights with this decay a step."""

    frame_rate: Positive = 8.0
    """Frames of a clip a second, by time; of made ones too."""
    frame_size: FrameSize = 64
    """Pixels of a side of a frame: 16, 32, 64, 128 or 256."""
    clip_length: ClipLength = 16
    """Frames of a clip that are learnt at once, at a place drawn anew each time; longer ones can be made."""

    cell: str = "gru"
    """Recurrent cell of the motion: rnn, lstm, gru, or the name of one of your own in recurra.nn.cells.CELLS."""
    hidden_size: Size = 64
    """Units of the recurrence that makes the motion."""
    motion_noise_size: Size = 10
    """Random numbers that the motion reads at each step."""
    content_noise_size: Size = 16
    """Random numbers that say what is in a clip."""
    use_labels: bool = True
    """Whether the labels of the clips, where they have some, are learnt, so that one can be chosen for a made clip."""
    generator_channels: Annotated[int, Interval(ge=4, le=1024)] = 16
    """Channels of the generator's last map, a multiple of 4; each map before it has so many more than the next."""
    colors: Literal["auto", "few", "any"] = "auto"
    """Colors of what moves in a made clip. few: as many as the clips have, at most 8, among which each of its pixels
    chooses, so that things keep their color and have sharp edges; any: those of photographs; auto: few where the clips
    have at most 8 besides a background."""
    moving_background: bool = False
    """Whether the background is drawn anew for each frame, as where a camera moves; else a clip has one."""
    image_channels: Size = 16
    """Of the first map of what judges single frames."""
    video_channels: Size = 24
    """Of the first map of what judges clips."""
    frames_judged: Count = 2
    """Frames of each clip that are judged by themselves, drawn anew each time."""
    gradient_penalty: NotNegative = 3.0
    """Weight of the squared gradient of the scores of real clips (Mescheder et al., 2018); 0 for none."""
    penalty_probability: Probability = 0.125
    """Share of the steps in which the gradient penalty is computed, with as much more weight: it takes long."""

    valid_fraction: Fraction = 0.1
    """Share of the groups (persons, sources) held out to compare made clips with, when no validation data is named; 0
    compares with those that were learnt from."""
    compared_clips: Annotated[int, Interval(ge=8, le=100_000)] = 128
    """Clips that are made to be compared with as many real ones, at each evaluation."""
    group_pattern: str = ""
    """A regular expression with one group in brackets, such as 'person(\\d+)_', that finds the person or source of a
    clip in its path: these are never divided. Where empty, a table's column called group; else each file by itself."""
    skip_bad: bool = False
    """Whether clips that cannot be read are passed over, and counted, instead of refused."""

    def __post_init__(self) -> None:
        super().__post_init__()
        is_power = self.frame_size & (self.frame_size - 1) == 0
        require(self, "frame_size", is_power, "16, 32, 64, 128 or 256")
        require(self, "generator_channels", self.generator_channels % 4 == 0, "a multiple of 4")
        require(self, "penalty_probability", self.penalty_probability > 0, "a share above 0")
        if self.cell not in CELLS:  # a person's own may be among them, which takes PyTorch
            named = [name for name in import_module("recurra.nn.cells").CELLS if name != "relu"]
            require(self, "cell", self.cell in named, f"one of {', '.join(named)}")
