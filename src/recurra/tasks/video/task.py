"""Classification of clips: what happens in a video, or in several signals that were recorded together.

The network and its loss: `recurra.tasks.video.network`; what it learns from: `recurra.tasks.video.data`. Here is what
turns clips into numbers and scores into answers.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from recurra.data.clips import groups
from recurra.data.clips.clips import Clips
from recurra.data.clips.lazy_samples import SelectedSamples
from recurra.data.sequences.answers import Answers
from recurra.data.sources import clips as sources
from recurra.errors import DataError, quote
from recurra.metrics import answers as answer_scores
from recurra.nn.encoders.pretrained import FrozenFrames, frame_encoder
from recurra.tasks.video import description, seen
from recurra.tasks.video.config import LEARNT, VideoConfig
from recurra.tasks.video.data import MONITOR, ClipDataModule, EncodedClips, Watched, watch
from recurra.tasks.video.features import features_of
from recurra.tasks.video.labels_file import LabelsFile
from recurra.tasks.video.learnt_from import LearntFrom
from recurra.tasks.video.network import VideoNetwork
from recurra.tasks.video.signal import Signal
from recurra.tasks.video.stream import ClipStream
from recurra.training.data_module import Preparation
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.task import Task
from recurra.training.validation import Validation

_COLORS = 3  # channels of frames that photographs have too


class VideoClassifier(Task[VideoConfig, VideoNetwork]):
    """A network that watches clips and says what happens in them.

    Example:
        >>> classifier = VideoClassifier().fit("clips")  # a folder a class
        >>> classifier.predict(["clip.mp4"])
        ['waving']
    """

    name = "video"
    Config = VideoConfig
    artifacts = ("answers_", "signals_", "learnt_from_")
    lasting = frozenset(
        {"cell", "activation", "pooling", "per_step", "signals", "encoder", "frame_rate", "frame_size", "bidirectional"}
    )
    answers_: Answers | None = None
    signals_: dict[str, Signal]
    learnt_from_: LearntFrom
    _frozen: FrozenFrames | None = None

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, valid: Any = None, **more: Any) -> Self:  # type: ignore[override]
        """Learn from clips.

        Args:
            X: files, a folder with one a class, a table of files and labels, or a named data set: see
                `recurra.data.sources.clips.resolve`; or, with `y`, the samples of each clip, (T, H, W, C) uint8, or by
                signal a list of such.
            y: the label of each clip, several (a list), or with `per_step` one for each frame.
            valid: what to choose the best weights by: as `X`, or a pair of clips and answers.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This classifier, with the best weights.

        Raises:
            DataError: data or a setting are not as expected.
        """
        return super().fit(X if y is None else (X, y), valid, **more)

    def _reset(self) -> None:
        self.network = self.answers_ = self._frozen = None
        self.signals_ = {}
        self.learnt_from_ = LearntFrom()

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[VideoNetwork]:
        config = self.config
        train, held = self._to_learn(data, valid)
        fingerprints = fingerprints_of(train, held)
        warnings = _notes(train, held)
        if held is None and config.valid_fraction:
            learnt, held_out = groups.hold_out_groups(train, config.valid_fraction, config.seed)
            if len(held_out):
                train, held = train.select(learnt), train.select(held_out)
            else:
                warnings.append("one group cannot be divided: training loss chooses the weights")
        if is_new:
            self._learn(train)
        self.learnt_from_ = LearntFrom.of(train)
        valid_part = None if held is None else self._encode(held)
        data_module = ClipDataModule(config, self.signals_, self._encode(train), valid_part, warnings=warnings)
        validation = Validation() if held is None else Validation(MONITOR, data_module.score)
        network = self._build()
        return Preparation(network, data_module, validation, fingerprints)

    def _to_learn(self, data: Any, valid: Any) -> tuple[Clips, Clips | None]:
        """What to learn from and, where it is known, what to validate on."""
        train = self._resolve(data, "train")
        if valid is not None:
            return train, self._resolve(valid)
        return train, self._resolve(data, "valid") if "valid" in _part_names(data) else None

    def _resolve(self, data: Any, part: str | None = None, any_signals: bool = False) -> Clips:
        """Find clips, and read them as the settings say; clips that were read stay as they are.

        What is learnt from must have all signals that the settings name, what is answered any of them.
        """
        if isinstance(data, Clips):
            return data
        config = self.config
        return sources.resolve(
            data,
            frame_rate=config.frame_rate,
            frame_size=config.frame_size,
            part=part,
            signals=config.signal_names or None,
            any_signals=any_signals,
            group_pattern=config.group_pattern,
            skip_bad=config.skip_bad,
            threads=config.threads,
        )

    def _learn(self, train: Clips) -> None:
        """Learn what the answers are, and what the signals."""
        locations = [train.where(i) for i in range(len(train))]
        self.answers_ = Answers.learn(train.required_answers(), False, self.config.per_step, locations)
        self.signals_ = {name: Signal.of(samples, train.rates[name]) for name, samples in train.signals.items()}
        frozen = self._frozen_encoder()
        if frozen is not None:
            self.signals_ = {name: _encoded(signal, frozen) for name, signal in self.signals_.items()}

    def _frozen_encoder(self) -> FrozenFrames | None:
        """What encodes frames and does not learn, where the settings ask for it.

        Raises:
            DataError: it cannot be had.
        """
        if self.config.encoder in LEARNT:
            return None
        if self._frozen is None:
            dtype = torch.bfloat16 if self.config.precision == "bf16" else torch.float32
            self._frozen = frame_encoder(self.config.encoder, dtype=dtype)
        return self._frozen

    def _build(self) -> VideoNetwork:
        return VideoNetwork(self.signals_, self.answers, self.config)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def _encode(self, clips: Clips) -> EncodedClips:
        locations = [clips.where(i) for i in range(len(clips))]
        encoded = self.answers.encode(clips.required_answers(), locations)
        if self.config.per_step:
            first = next(iter(self.signals_))
            for samples, answers, where in zip(clips.signals[first], encoded, locations, strict=True):
                if samples is None or len(samples) != len(answers):
                    count = 0 if samples is None else len(samples)
                    raise DataError(f"{where}: expected {count} answers, one a frame, got {len(answers)}")
        return EncodedClips(self.samples(clips), encoded, clips.where)

    def samples(self, clips: Clips) -> dict[str, Any]:
        """Give the samples of the signals that were learnt, by name, held to the shapes of the training."""
        present = {name: clips.signals[name] for name in self.signals_ if name in clips.signals}
        for i in range(len(clips)):
            samples = {name: sequence[i] for name, sequence in present.items()}
            if all(array is None for array in samples.values()):
                raise DataError(f"{clips.where(i)}: expected one of the signals {', '.join(self.signals_)}, got none")
            for name, array in samples.items():
                if array is not None:
                    self.signals_[name].require(array, name, clips.where(i))
        return {name: self._read(name, sequence, clips) for name, sequence in present.items()}

    def _read(self, name: str, samples: Any, clips: Clips) -> Any:
        """What the network reads of a signal of all clips: its samples, or what an encoder makes of them, once."""
        frozen = self._frozen_encoder() if self.signals_[name].encoded else None
        if frozen is None:
            return samples
        present = [i for i, array in enumerate(samples) if array is not None]
        checksums = None if clips.checksums is None else [clips.checksums[i] for i in present]
        vectors = features_of(frozen, SelectedSamples(samples, present), checksums=checksums)
        by_position = dict(zip(present, vectors, strict=True))
        return [by_position.get(i) for i in range(len(clips))]

    @property
    def answers(self) -> Answers:
        """What the answers can be.

        Raises:
            DataError: nothing was learnt yet.
        """
        return self._learnt(self.answers_)

    # --- answering ---------------------------------------------------------------------------------------------------

    def _watch(self, clips: Clips) -> list[Watched]:
        return watch(self._fitted(), self.samples(clips), len(clips), self.signals_)

    def clips(self, X: Any) -> Clips:
        """Give what to answer, of what `predict` takes."""
        return self._resolve(X, any_signals=True)

    def predict(self, X: Any) -> Any:
        """Answer clips.

        Args:
            X: as of `fit`: files, a folder of them, or samples.

        Returns:
            An array of answers, or a list of lists where each clip has several; with `per_step` a list of the answers
            of each clip.
        """
        answers, watched = self.answers, self._watch(self.clips(X))
        if answers.per_step:
            return [answers.decode(clip.running) for clip in watched]
        return answers.decode(np.stack([clip.final for clip in watched]))

    def predict_proba(self, X: Any) -> Any:
        """Give the probability of each label, (N, labels) in the order of `answers_.labels`; a list, (T, labels) each,
        with `per_step`.
        """
        answers, watched = self.answers, self._watch(self.clips(X))
        if answers.per_step:
            return [answers.probabilities(clip.running) for clip in watched]
        return answers.probabilities(np.stack([clip.final for clip in watched]))

    def describe(self, X: Any, *, per_frame: bool = False) -> list[dict[str, Any]]:
        """Answer clips, and say how sure that is and when it was known, as JSON holds it.

        Args:
            X: as of `predict`.
            per_frame: whether to give what was thought at every frame.

        Returns:
            For each clip an object: see `recurra.tasks.video.description.record`.

        Raises:
            DataError: `per_frame` of a network of two directions, which answers at the end only.
        """
        if per_frame:
            self.require_running()
        answers, rate = self.answers, self.steps_per_second
        return [description.record(answers, clip, rate, per_frame) for clip in self._watch(self.clips(X))]

    def frames(self, X: Any) -> Sequence[np.ndarray]:
        """Give the images that are read of a clip, (H, W, C) uint8 each; none, of signals that are no images."""
        clips = self.clips(X)
        name = next(iter(self.signals_))
        samples = clips.signals[name][0] if name in clips.signals else None
        return [] if samples is None or self.signals_[name].kind != "frames" else list(samples)

    @property
    def answers_while_watching(self) -> bool:
        """Whether there is an answer at every frame, which a network of two directions has at the end of clips only."""
        return self.config.per_step or not self.config.bidirectional

    def require_running(self) -> None:
        """Refuse a network that answers at the end of clips only.

        Raises:
            DataError: it is one.
        """
        if not self.answers_while_watching:
            raise DataError(
                "expected a network of one direction, which answers at every frame, got one of two, which answers at "
                "the end of a clip; train without --bidirectional"
            )

    def stream(self, signal: str = "") -> ClipStream:
        """Give what watches a clip frame by frame, as the frames come.

        Args:
            signal: which comes; where empty, the first one.

        Raises:
            DataError: the network answers at the end of clips only, or does not know the signal.
        """
        network = self._fitted()
        self.require_running()
        name = signal or next(iter(self.signals_))
        if name not in self.signals_:
            raise DataError(f"signal: expected one of {', '.join(self.signals_)}, got {quote(name)}")
        return ClipStream(network, name, self.signals_[name], self._frozen_encoder())

    @property
    def steps_per_second(self) -> float:
        """How many answers a network gives a second of a clip."""
        timeline = self._fitted().fusion.timeline
        return timeline.rates[timeline.first]

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return description.signature(self.name, self.answers, self.signals_)

    # --- scoring -----------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, y: Any = None, part: str | None = None) -> dict[str, Any]:
        """Score on labelled clips.

        Args:
            data: as of `fit`: files or a named data set, or samples.
            y: the answers to samples.
            part: of a named data set; None takes "test" where there is one.

        Returns:
            Scores by name, see `recurra.metrics.answers.full`; of one class a clip also `recurra.tasks.video.seen`.
            "learnt_from" counts the clips whose group (person, source) or content is among those of the training: of
            these a network may know the answer.
        """
        return self._assess(data, y, part)[0]

    def assess(
        self, data: Any, y: Any = None, part: str | None = None
    ) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
        """Give the scores of `evaluate`, and of each answer how sure it is and whether it is correct, (N,) each.

        Raises:
            DataError: several labels were learnt at once, which are not one answer each.
        """
        if self.answers.kind != "class":
            raise DataError("calibration: expected a classifier of one class each, got one of several labels at once")
        scores, outputs, y = self._assess(data, y, part)
        return scores, *answer_scores.confidence(self.answers, outputs, y)

    def _assess(self, data: Any, y: Any, part: str | None) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
        """The scores, the outputs (N, outputs), and the true answers as numbers (N, ...)."""
        answers = self.answers
        clips = self.labelled(data, part, y)
        encoded = self._encode(clips)
        watched = watch(self._fitted(), encoded.signals, len(encoded), self.signals_)
        true = answers.concatenate(encoded.answers)
        outputs = np.concatenate([clip.running if answers.per_step else clip.final[None] for clip in watched])
        scores = answer_scores.full(answers, outputs, true) | {"learnt_from": self.learnt_from_.count(clips)}
        if answers.kind == "class" and not answers.per_step:
            scores |= seen.summary(answers, [clip.running for clip in watched], true)
        return scores, outputs, true

    def labelled(self, data: Any, part: str | None = None, y: Any = None) -> Clips:
        """Give clips with their answers; arguments as of `evaluate`."""
        source = data if y is None else (data, y)
        names = _part_names(source)
        if part is not None and part not in names:
            raise DataError(f"{data}: expected one of the parts {', '.join(names)}, got {quote(part)}")
        part = part or next(name for name in ("test", "valid", "train") if name in names)
        return self._resolve(source, part, any_signals=True)

    def data_module(self, data: Any, part: str | None = None) -> ClipDataModule:
        """Give labelled clips in the batches that `network.loss` takes; arguments as of `evaluate`."""
        self._fitted()
        clips = self._encode(self.labelled(data, part))
        return ClipDataModule(self.config, self.signals_, clips, valid=None, augments=False)

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        LabelsFile(self.answers, self.signals_).write(folder / "labels.json")
        self.learnt_from_.write(folder / "learnt_from.json")

    def _load_artifacts(self, folder: Path) -> None:
        labels = LabelsFile.read(folder / "labels.json", self.config.per_step)
        self.answers_, self.signals_ = labels.answers, labels.signals
        self.learnt_from_ = LearntFrom.read(folder / "learnt_from.json")


def _part_names(data: Any) -> list[str]:
    """The parts that data have; clips that were read are one part, "train"."""
    return ["train"] if isinstance(data, Clips) else sources.part_names(data)


def _notes(train: Clips, held: Clips | None) -> list[str]:
    """What is worth knowing of clips before they are learnt from."""
    notes = [] if held is None else [groups.leaks(train, held)]
    for clips in (train, held):
        if clips is not None and clips.skipped:
            notes.append(f"{len(clips.skipped):,} clips passed over; the first: {clips.skipped[0]}")
    return [note for note in notes if note]


def _encoded(signal: Signal, frozen: FrozenFrames) -> Signal:
    """A signal of coloured frames as one of which an encoder makes vectors; any other as it is."""
    is_color = signal.kind == "frames" and signal.shape[2] == _COLORS
    return replace(signal, encoded=frozen.size) if is_color else signal
