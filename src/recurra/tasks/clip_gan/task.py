"""A generator of clips: learnt from clips, it makes others in which things stay what they are and move as theirs do.

The network and its losses: `recurra.tasks.clip_gan.network`; what it learns from: `recurra.tasks.clip_gan.data`.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from recurra.data.clips import groups, writing
from recurra.data.clips.clips import Clips
from recurra.data.sources import clips as sources
from recurra.errors import DataError, quote, require_count
from recurra.tasks.clip_gan import clips_file, description, palette, report
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.data import MONITOR, ClipGANDataModule, Comparison, LearntClips, make
from recurra.tasks.clip_gan.network import ClipGANNetwork
from recurra.tasks.clip_gan.seeded_noise import draw
from recurra.training.adversarial import Adversarial
from recurra.training.data_module import Preparation
from recurra.training.processes import Processes
from recurra.training.sampler import RealSamples, Sampler, SampleReport
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.validation import Validation

_LONGEST = 100_000  # frames of a made clip
_LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class _Parts:
    """What is learnt from, and what made clips are compared with; None where nothing is held out."""

    train: Clips
    held_out: Clips | None
    named: Clips | None  # what is held out where a person or the data set names it


class ClipGAN(Sampler[ClipGANConfig, ClipGANNetwork]):
    """A network that makes clips like those that it has learnt from (MoCoGAN: Tulyakov et al., 2018).

    Example:
        >>> gan = ClipGAN().fit("clips")  # a folder; with a folder a class inside, it learns the classes too
        >>> gan.sample(4, length=32, seed=1).shape
        (4, 32, 64, 64, 3)
    """

    name = "clip-gan"
    Config = ClipGANConfig
    artifacts = ("labels_", "palette_")
    lasting = frozenset({"cell", "use_labels", "frame_rate"})
    sample_options = frozenset({"label", "content_seed", "motion_seed"})
    labels_: list[str] | None = None
    """The labels that a clip can be made of; none where the clips had none."""
    palette_: int | None = None
    """How many colors what moves in a made clip has; 0 for any."""

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, valid: Any = None, **more: Any) -> Self:  # type: ignore[override]
        """Learn from clips.

        Args:
            X: a folder of clips, files, a table, or a named data set: see `recurra.data.sources.clips.listed`; or
                frames of each clip, (T, H, W, 3) uint8.
            y: the label of each clip in memory.
            valid: real clips to compare made ones with: as `X`, or a pair of clips and labels.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This generator, with the best weights.

        Raises:
            DataError: data or a setting are not as expected.
        """
        return super().fit(X if y is None else (X, y), valid, **more)

    def _reset(self) -> None:
        self.network = self.labels_ = self.palette_ = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[ClipGANNetwork]:
        everything, parts = self._divided(data, valid)
        if is_new:
            self.labels_ = self._labels_of(everything)
        train = LearntClips.of(parts.train, self.labels, self.config)
        if is_new:
            self.palette_ = palette.find(train.samples, self.config.colors)
        comparison = Comparison.of(self._compared(parts, train), self.config)
        warnings = [groups.leaks(parts.train, parts.named) if parts.named else None, _skipped(everything)]
        data_module = ClipGANDataModule(
            self.config, train, comparison, warnings=[warning for warning in warnings if warning]
        )
        validation = Validation(MONITOR, comparison.score)
        return Preparation(self._build(), data_module, validation, fingerprints_of(everything, parts.named))

    def _make_update(self, network: ClipGANNetwork, steps: int, together: Processes) -> Adversarial:
        return Adversarial(network, self.config, steps, together)

    def _build(self) -> ClipGANNetwork:
        return ClipGANNetwork(self.config, len(self.labels), self._learnt(self.palette_))

    @property
    def labels(self) -> list[str]:
        """The labels that a clip can be made of.

        Raises:
            DataError: nothing was learnt yet.
        """
        return self._learnt(self.labels_)

    def _labels_of(self, clips: Clips) -> list[str]:
        """The labels of clips, where they have some that are to be learnt."""
        if not self.config.use_labels or clips.answers is None:
            return []
        if not all(isinstance(answer, str) for answer in clips.answers):
            raise DataError(f"{clips.where(0)}: expected one label a clip, got others; use_labels=False learns none")
        return sorted(set(clips.answers))

    def _divided(self, data: Any, valid: Any) -> tuple[Clips, _Parts]:
        """All clips that are named to learn from, and the parts that they are divided into."""
        train, named = self._resolve(data, "train"), None
        if valid is not None:
            named = self._resolve(valid)
        elif not isinstance(data, Clips) and "valid" in sources.part_names(data):
            named = self._resolve(data, "valid")
        if named is not None or not self.config.valid_fraction or len(train) < 2:
            return train, _Parts(train, named, named)
        learnt, held_out = groups.hold_out_groups(train, self.config.valid_fraction, self.config.seed)
        return train, _Parts(train.select(learnt), train.select(held_out) if len(held_out) > 1 else None, None)

    def _compared(self, parts: _Parts, train: LearntClips) -> LearntClips:
        """What made clips are compared with."""
        return train if parts.held_out is None else LearntClips.of(parts.held_out, self.labels, self.config)

    def _resolve(self, data: Any, part: str | None = None) -> Clips:
        """Find clips, and read them as the settings say; clips that were read stay as they are."""
        if isinstance(data, Clips):
            return data
        config = self.config
        return sources.resolve(
            data,
            frame_rate=config.frame_rate,
            frame_size=config.frame_size,
            part=part,
            signals=["video"],
            group_pattern=config.group_pattern,
            skip_bad=config.skip_bad,
            threads=config.threads,
        )

    # --- making ------------------------------------------------------------------------------------------------------

    @property
    def longest(self) -> int:
        """Frames of a clip that is made where no length is named."""
        return self.config.clip_length

    def sample(  # type: ignore[override]
        self,
        count: int = 1,
        *,
        length: int | None = None,
        seed: int | None = None,
        given: None = None,
        label: str | None = None,
        content_seed: int | None = None,
        motion_seed: int | None = None,
    ) -> np.ndarray:
        """Make clips.

        The motion of one clip with the content of another: give the seeds of both.

        Args:
            count: how many.
            length: frames of each; None as many as were learnt at once. They go on for as long as one likes.
            seed: makes the result repeatable; None draws anew each time. The first clips of a seed are the same,
                however many are made.
            given: nothing; clips do not go on from others.
            label: which of `labels_` they are of; None draws one for each.
            content_seed, motion_seed: of what is in the clips and of how it moves; where None, `seed`.

        Returns:
            (count, length, H, W, 3) uint8, at the frame rate of the settings.

        Raises:
            DataError: nothing was learnt yet, or an argument is not as expected.
        """
        network = self._fitted()
        require_count("count", count, most=_LONGEST)
        frames = self.config.clip_length if length is None else length
        require_count("length", frames, most=_LONGEST)
        if given is not None:
            raise DataError(f"given: expected nothing, since clips do not go on from others, got {quote(given)}")
        content, motion = _seeds(seed, content_seed, motion_seed)
        number = None if label is None else self._number_of(label)
        noise = draw(self.config, count, frames, content, motion, number, len(self.labels))
        return make(network, noise)

    def _number_of(self, label: str) -> int:
        if not self.labels:
            raise DataError(f"label: expected none, since the clips had no labels, got {quote(label)}")
        if label not in self.labels:
            raise DataError(f"label: expected one of {', '.join(self.labels)}, got {quote(label)}")
        return self.labels.index(label)

    def describe(self, inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Make clips, as JSON holds them.

        Args:
            inputs: of each clip an object with what `sample` takes besides the count, such as its "seed".

        Raises:
            DataError: as of `sample`.
        """
        described = []
        for number, request in enumerate(inputs, 1):
            unknown = [name for name in request if name not in description.REQUEST]
            if unknown:
                expected = ", ".join(description.REQUEST)
                raise DataError(f"input {number}: expected some of {expected}, got {quote(unknown[0])}")
            [frames] = self.sample(1, **request)
            described.append(description.record(frames, self.config.frame_rate))
        return described

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        return description.signature(self.name, self.labels)

    def real(self, data: Any, valid: Any = None, *, count: int = 1, seed: int = 0) -> RealSamples:
        """Draw real clips, of each a part as long as what was learnt at once, (N, T, H, W, 3); see `Sampler.real`."""
        everything, parts = self._divided(data, valid)
        clips = self._compared(parts, LearntClips.of(parts.train, self.labels, self.config))
        rows = np.random.default_rng(seed).permutation(len(clips))[:count]
        drawn = clips.parts(rows, self.config.clip_length, [seed]).clips.numpy()
        return RealSamples(drawn, parts.held_out is not None, fingerprints_of(everything, parts.named))

    def format_samples(self, samples: np.ndarray) -> str:
        """Refuse: clips are no text."""
        raise DataError("out: expected a folder for the clips, or a name that ends in .gif, .mp4 or .png, got none")

    def write_samples(self, samples: np.ndarray, out: str | Path) -> None:
        """Write clips.

        Args:
            samples: as of `sample`.
            out: a folder, which gets a GIF of each; or a file, of the kind that its ending says (.gif, .mp4, .png); of
                several clips these are files with their numbers: clip-1.mp4, clip-2.mp4.

        Raises:
            DataError: they cannot be written there.
        """
        out, rate = Path(out), self.config.frame_rate
        kind = writing.require_kind(out)
        if not kind:
            writing.write_all(out, list(samples), rate, ".gif")
            return
        for number, frames in enumerate(samples, 1):
            path = out if len(samples) == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")
            writing.write(path, frames, rate)

    # --- scoring -----------------------------------------------------------------------------------------------------

    def report(self, data: Any, valid: Any = None, folder: Path | None = None) -> SampleReport:
        """Compare made clips with real ones that were held out: see `recurra.tasks.clip_gan.report`."""
        network = self._fitted()
        _, parts = self._divided(data, valid)
        train = LearntClips.of(parts.train, self.labels, self.config)
        return report.measure(network, self.config, self._compared(parts, train), len(train))

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        clips_file.write(folder / "clips.json", self.labels, self._learnt(self.palette_))

    def _load_artifacts(self, folder: Path) -> None:
        self.labels_, self.palette_ = clips_file.read(folder / "clips.json")


def _seeds(seed: int | None, content_seed: int | None, motion_seed: int | None) -> tuple[int, int]:
    """The seeds of contents and of motions: their own, else that of both, else one that is drawn."""
    named = {"seed": seed, "content_seed": content_seed, "motion_seed": motion_seed}
    for name, value in named.items():
        if value is not None:
            require_count(name, value, least=0, most=_LARGEST_SEED)
    both = secrets.randbelow(_LARGEST_SEED) if seed is None else seed
    return both if content_seed is None else content_seed, both if motion_seed is None else motion_seed


def _skipped(clips: Clips) -> str | None:
    if not clips.skipped:
        return None
    return f"{len(clips.skipped):,} clips passed over; the first: {clips.skipped[0]}"
