"""A generator of clips, two discriminators, and their losses."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn import noise
from recurra.nn.clips.image_discriminator import ImageDiscriminator
from recurra.nn.clips.video_discriminator import VideoDiscriminator
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.generator import ClipGenerator, ClipNoise
from recurra.training.adversarial_health import ranking_accuracy, spread
from recurra.training.adversarial_network import AdversarialNetwork, Loss
from recurra.training.batch import Batch

_COARSE = 4  # of so many frames, rows and columns one is looked at to measure how far clips are from each other


@dataclass(frozen=True)
class RealClips(Batch):
    """Clips to learn from.

    clips: (B, T, H, W, 3) uint8. labels: (B,), or None.
    """

    clips: Tensor
    labels: Tensor | None

    @property
    def size(self) -> int:
        """How many."""
        return len(self.clips)


@dataclass(frozen=True)
class Scores:
    """What the discriminators give: of each frame that was drawn, and of each clip."""

    image: Tensor
    video: Tensor

    def joined(self) -> Tensor:
        """All of them."""
        return torch.cat([self.image, self.video])


class Discriminators(nn.Module):
    """A judge of single frames and one of clips (Tulyakov et al., 2018).

    Args:
        config: sizes, and how many frames of a clip are judged.
        labels: how many kinds of clips there are; 0 if nobody tells.
    """

    def __init__(self, config: ClipGANConfig, labels: int = 0):
        super().__init__()
        self.frames_judged = config.frames_judged
        self.image = ImageDiscriminator(config.frame_size, config.image_channels, labels)
        self.video = VideoDiscriminator(config.frame_size, config.video_channels, labels)

    def forward(self, clips: Tensor, labels: Tensor | None = None) -> Scores:
        """Score clips (B, T, 3, H, W), from -1 to 1, and some of their frames, drawn at random."""
        batch, steps = clips.shape[:2]
        drawn = (noise.uniform(batch, self.frames_judged, like=clips) * steps).long()  # (B, frames_judged)
        frames = clips[torch.arange(batch, device=clips.device).unsqueeze(1), drawn].flatten(0, 1)
        of_frames = None if labels is None else labels.repeat_interleave(self.frames_judged)
        return Scores(self.image(frames, of_frames), self.video(clips, labels))


class ClipGANNetwork(AdversarialNetwork[RealClips]):
    """A generator of clips and its two judges, which play by the logistic loss without saturation.

    At some steps, drawn at random, the squared gradients of the real clips' scores are punished (R1: Mescheder et al.,
    2018), which makes the game settle; at some only, since that costs as much as the rest (Karras et al., 2020).

    Args:
        config: settings.
        labels: how many kinds of clips there are; 0 if nobody tells.
        palette: colors of what moves in a clip; 0 for any.
    """

    generator: ClipGenerator
    discriminator: Discriminators
    loss_unit = "nats a clip"

    def __init__(self, config: ClipGANConfig, labels: int = 0, palette: int = 0):
        super().__init__()
        self.config, self.labels = config, labels
        self.generator = ClipGenerator(config, labels, palette)
        self.discriminator = Discriminators(config, labels)

    def forward(self, inputs: ClipNoise, lengths: None = None, state: None = None) -> tuple[Tensor, None]:
        """Make clips (B, T, 3, H, W), from -1 to 1, of random numbers, which all are as long."""
        return self.generator(inputs), None

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return next(self.parameters()).device

    def make(self, like: RealClips) -> Tensor:
        """Make as many clips as there are real ones, as long, and of the same labels: (B, T, 3, H, W), -1 to 1."""
        made: Tensor = self.generator(self.generator.noise(like.size, like.clips.shape[1], like.labels))
        return made

    def discriminator_loss(self, batch: RealClips) -> Loss:
        """Compute how badly real clips are told from made ones, and punish steep scores."""
        real, made = as_colors(batch.clips), self.make(batch)
        of_real, of_made = self.discriminator(real, batch.labels), self.discriminator(made, batch.labels)
        loss = F.softplus(-of_real.image).mean() + F.softplus(of_made.image).mean()
        loss = loss + F.softplus(-of_real.video).mean() + F.softplus(of_made.video).mean()
        scores = self._told(of_real, of_made) | {"real_spread": _spread(real), "made_spread": _spread(made)}
        probability = self.config.penalty_probability
        if self.config.gradient_penalty and float(noise.uniform(1, like=real)) < probability:
            penalty = self._gradient_penalty(real, batch.labels)
            loss = loss + self.config.gradient_penalty / 2 / probability * penalty
            scores["gradient_penalty"] = penalty
        return Loss(loss, scores)

    def generator_loss(self, batch: RealClips) -> Loss:
        """Compute how seldom made clips are taken for real."""
        scores = self.discriminator(self.make(batch), batch.labels)
        return Loss(F.softplus(-scores.image).mean() + F.softplus(-scores.video).mean())

    def _told(self, of_real: Scores, of_made: Scores) -> dict[str, Tensor]:
        """What a person wants to know of the scores."""
        return {
            "real_score": of_real.joined().mean(),
            "made_score": of_made.joined().mean(),
            "image_accuracy": ranking_accuracy(of_real.image, of_made.image),
            "video_accuracy": ranking_accuracy(of_real.video, of_made.video),
            "discriminator_accuracy": ranking_accuracy(of_real.joined(), of_made.joined()),
        }

    def _gradient_penalty(self, real: Tensor, labels: Tensor | None) -> Tensor:
        """The squared norm of the gradient of the scores by the clips, a mean over the clips."""
        clips = real.detach().requires_grad_()
        scores = self.discriminator(clips, labels)
        [gradients] = torch.autograd.grad(scores.image.sum() + scores.video.sum(), clips, create_graph=True)
        return gradients.square().sum() / len(clips)


def as_colors(clips: Tensor) -> Tensor:
    """Clips as they are in files, (B, T, H, W, 3) uint8, as a network reads them: (B, T, 3, H, W), from -1 to 1."""
    return clips.movedim(-1, 2).contiguous().float() / 127.5 - 1


def as_bytes(clips: Tensor) -> Tensor:
    """The other way."""
    return ((clips + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).movedim(2, -1).contiguous()


@torch.no_grad()
def _spread(clips: Tensor) -> Tensor:
    """How far clips (B, T, 3, H, W) are from each other, in some of their pixels."""
    return spread(clips[:, ::_COARSE, :, ::_COARSE, ::_COARSE])
