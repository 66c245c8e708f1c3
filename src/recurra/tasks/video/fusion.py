"""How the signals of a clip come together: late, by their scores; or early, by their features."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from recurra.errors import DataError
from recurra.nn import Recurrent
from recurra.nn.encoders import Encoder
from recurra.nn.step_mask import step_mask
from recurra.tasks.video.config import VideoConfig
from recurra.tasks.video.running_classifier import RunningClassifier
from recurra.tasks.video.signal_classifier import SignalClassifier
from recurra.tasks.video.timeline import Timeline, taken

Samples = dict[str, Tensor]  # by signal, (B, T, ...)
Lengths = dict[str, Tensor]  # by signal, (B,); 0 where a clip lacks it


class Features(NamedTuple):
    """What an encoder made of a signal: (B, T, F), and the steps of each clip, (B,), 1 or more."""

    values: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class Scores:
    """Scores of the answers of clips, before softmax or sigmoid.

    final: at the end, (B, outputs). running: at every step of the first signal, (B, T, outputs); T is 1 of networks of
    two directions, which answer at the end only. lengths: steps of each clip in `running`, (B,). alone: at the end, of
    each signal by itself, where there are several that are fused late, and of each view of it, where there are several.
    """

    final: Tensor
    running: Tensor
    lengths: Tensor
    alone: dict[str, list[Tensor]] = field(default_factory=dict)


class Fusion(nn.Module):
    """An encoder a signal; what is made of their features is said by a subclass.

    Args:
        encoders: of each signal, by name.
        rates: samples a second of each; the first signal sets the steps at which there are answers.
    """

    def __init__(self, encoders: dict[str, Encoder], rates: dict[str, float]):
        super().__init__()
        self.encoders = nn.ModuleDict(encoders)
        self.timeline = Timeline({name: rates[name] / encoder.stride for name, encoder in encoders.items()})

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def recurrences(self) -> dict[str, Recurrent]:
        """What reads the features of each signal, by name; of one in several views, those of the last."""
        raise NotImplementedError

    def encode(self, inputs: Samples, lengths: Lengths) -> dict[str, Features]:
        """Encode the signals of clips; arguments as of `VideoNetwork.forward`."""
        features = dict[str, Features]()
        for name, samples in inputs.items():
            features[name] = Features(*self.encoders[name](samples, lengths[name].clamp_min(1)))
        return features

    def encode_pieces(self, name: str, pieces: Iterable[Tensor], samples: int) -> Features:
        """Encode a signal of one clip, in evaluation, whose samples come in pieces, (T, ...) each.

        Args:
            name: of the signal.
            pieces: its samples.
            samples: how many there are in all.
        """
        encoder, state, done = cast(Encoder, self.encoders[name]), None, 0
        # Reserved at once: small tensors that stay, between the large ones that come and go, would break memory up.
        values = torch.empty(1, -(-samples // encoder.stride), encoder.size, device=self.device)  # (1, T', F)
        for piece in pieces:
            features, state = encoder.stream(piece.unsqueeze(0), state)
            values[:, done : done + features.shape[1]] = features
            done += features.shape[1]
        return Features(values, torch.tensor([done], device=values.device))

    def answer(self, features: dict[str, Features], there: Lengths) -> Scores:
        """Answer clips.

        Args:
            features: of their signals.
            there: by signal, above 0 for the clips of which it counts, (B,).
        """
        raise NotImplementedError

    def stream(self, name: str, samples: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Answer clips of which one signal comes in pieces, in evaluation.

        Args:
            name: of the signal.
            samples: the next of each clip, (B, T, ...).
            state: as returned for what came before; None at the beginning.

        Returns:
            Scores at every step that is due, (B, T', outputs), where T' may be 0; and the state then.

        Raises:
            DataError: the signals are fused early, so that one alone is no answer.
        """
        raise DataError("stream: expected signals that are fused late, got ones that are fused early")


class LateFusion(Fusion):
    """Each signal is read, and scored, by itself; the scores of those that are there are added.

    Args:
        encoders, rates: as of `Fusion`.
        outputs: of the heads.
        config: the settings.
    """

    def __init__(self, encoders: dict[str, Encoder], rates: dict[str, float], outputs: int, config: VideoConfig):
        super().__init__(encoders, rates)
        self.classifiers = nn.ModuleDict(
            {name: SignalClassifier(encoder.sizes, outputs, config) for name, encoder in encoders.items()}
        )
        # by how many signals are there: scores of several say the same in part, so that their sum is too sure
        self.scale = nn.Parameter(torch.arange(1.0, len(encoders) + 1).rsqrt())

    @property
    def recurrences(self) -> dict[str, Recurrent]:
        """What reads the features of each signal, by name; of one in several views, those of the last."""
        return {name: cast(SignalClassifier, part).recurrences[-1] for name, part in self.classifiers.items()}

    def answer(self, features: dict[str, Features], there: Lengths) -> Scores:
        """Answer clips; see `Fusion.answer`."""
        logits, alone = dict[str, Tensor](), dict[str, list[Tensor]]()
        steps = {name: of_signal.lengths for name, of_signal in features.items()}
        for name, of_signal in features.items():
            logits[name], views, _ = self.classifiers[name](*of_signal)
            alone[name] = [_with_end(view, steps[name])[0] for view in views]  # (B, outputs) each
        if len(self.encoders) == 1:
            [name] = logits
            return Scores(*_with_end(logits[name], steps[name]), alone)
        return self._added(logits, steps, there, alone)

    def stream(self, name: str, samples: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Answer clips of which one signal comes in pieces; see `Fusion.stream`."""
        encoder, classifier = cast(Encoder, self.encoders[name]), cast(SignalClassifier, self.classifiers[name])
        encoder_state, recurrent_state = (None, None) if state is None else state
        features, encoder_state = encoder.stream(samples, encoder_state)  # (B, T', F)
        if not features.shape[1]:
            return features.new_zeros(len(features), 0, classifier.outputs), (encoder_state, recurrent_state)
        logits, _, recurrent_state = classifier(features, None, recurrent_state)
        scale = 1.0 if len(self.encoders) == 1 else self.scale[0]
        return logits * scale, (encoder_state, recurrent_state)

    def _added(
        self, logits: dict[str, Tensor], steps: Lengths, there: Lengths, alone: dict[str, list[Tensor]]
    ) -> Scores:
        """Add the scores (B, T, outputs) of the signals that count; `alone` has those of their views."""
        ends = {name: _with_end(logits[name], steps[name])[0] for name in logits}  # (B, outputs)
        alone = {name: [ends[name], *alone[name]] for name in logits}
        counts = {name: there[name] > 0 for name in logits}  # (B,)
        number = torch.stack(list(counts.values())).sum(0)  # (B,)
        scale = self.scale[number.clamp_min(1) - 1].unsqueeze(1)  # (B, 1)
        final = sum((ends[name] * counts[name].unsqueeze(1) for name in logits), torch.zeros(())) * scale
        if all(of_signal.shape[1] == 1 for of_signal in logits.values()):
            return Scores(final, final.unsqueeze(1), torch.ones_like(number), alone)
        total = self.timeline.lengths({name: torch.where(counts[name], steps[name], 0) for name in logits})  # (B,)
        running = torch.zeros(())
        for name, of_signal in logits.items():
            positions = self.timeline.positions(name, steps[name], int(total.max()))  # (B, T)
            running = running + taken(of_signal, positions) * counts[name][:, None, None]
        return Scores(final, running * scale.unsqueeze(1), total, alone)


class EarlyFusion(Fusion):
    """The features of all signals side by side, at the steps of the first, are read by one recurrence.

    Args: as of `LateFusion`.
    """

    def __init__(self, encoders: dict[str, Encoder], rates: dict[str, float], outputs: int, config: VideoConfig):
        super().__init__(encoders, rates)
        width = config.embedding_size or config.hidden_size
        self.projections = nn.ModuleDict({name: nn.Linear(encoder.size, width) for name, encoder in encoders.items()})
        self.classifier = RunningClassifier(width * len(encoders), outputs, config)
        self.missing = nn.Parameter(torch.zeros(len(encoders), width))  # in the place of what is not there

    @property
    def recurrences(self) -> dict[str, Recurrent]:
        """What reads the features of each signal, by name: the same of all."""
        return dict.fromkeys(self.encoders, self.classifier.recurrence)

    def answer(self, features: dict[str, Features], there: Lengths) -> Scores:
        """Answer clips; see `Fusion.answer`. There are no scores of a signal alone."""
        counts = {name: there[name] > 0 for name in features}
        steps = {name: torch.where(counts[name], of_signal.lengths, 0) for name, of_signal in features.items()}
        total = self.timeline.lengths(steps)  # (B,)
        side_by_side = list[Tensor]()
        for number, (name, projection) in enumerate(self.projections.items()):
            missing = self.missing[number].expand(len(total), int(total.max()), -1)  # (B, T, width)
            if name not in features:
                side_by_side.append(missing)
                continue
            values, length = features[name]
            on_time = projection(taken(values, self.timeline.positions(name, length, int(total.max()))))
            side_by_side.append(torch.where(counts[name][:, None, None], on_time, missing))
        fused = torch.cat(side_by_side, -1)  # (B, T, signals * width)
        logits, _ = self.classifier(fused * step_mask(total, fused.shape[1]).unsqueeze(-1), total)
        return Scores(*_with_end(logits, total))


def _with_end(logits: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The scores at the end (B, outputs), at every step (B, T, outputs), and the steps of each clip (B,)."""
    if logits.shape[1] == 1:
        return logits[:, 0], logits, torch.ones_like(lengths)
    return taken(logits, (lengths - 1).unsqueeze(1))[:, 0], logits, lengths
