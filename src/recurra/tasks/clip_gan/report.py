"""How good made clips are, beside real ones: scores with intervals, pictures that move, and a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from recurra.figures.animation import animation
from recurra.figures.page import Section, Table, page
from recurra.metrics import clips as clip_scores
from recurra.metrics.intervals import Interval, interval
from recurra.nn.generators import drawing_from
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.data import Comparison, LearntClips, make
from recurra.tasks.clip_gan.generator import ClipNoise
from recurra.tasks.clip_gan.network import ClipGANNetwork
from recurra.training.sampler import SampleReport

SETS = 10  # of made clips and of real ones, each scored by itself
TOLERANCE = 0.1  # by which a score may differ from that of real clips
_SHOWN = 8  # clips in a row of a picture
_MEANINGS = {
    "content_distance": "how far the content of a frame is from that of another of its clip (ACD), of 255",
    "motion": "how much a color changes from a frame to the next, of 255",
    "content_diversity": "how far the content of a clip is from that of another, of 255",
    "motion_diversity": "share of the movement that is elsewhere, or at another time, than in another clip",
}


@dataclass(frozen=True)
class Measurements:
    """Scores of several sets of clips, by name, of each kind of clips: made, real, and real ones frozen."""

    made: list[Mapping[str, float]]
    real: list[Mapping[str, float]]
    frozen: list[Mapping[str, float]]

    def interval(self, kind: str, name: str) -> Interval:
        """A score of one kind of clips, over the sets."""
        return interval([scores[name] for scores in getattr(self, kind)])

    def share(self, name: str) -> Interval:
        """A score of made clips as a share of the real ones' mean."""
        mean = max(self.interval("real", name).mean, 1e-9)
        return interval([scores[name] / mean for scores in self.made])


def measure(network: ClipGANNetwork, config: ClipGANConfig, held_out: LearntClips, learnt_from: int) -> SampleReport:
    """Compare made clips with real ones.

    Args:
        network: that makes them.
        config: its settings; `compared_clips` are in a set.
        held_out: real clips to compare with.
        learnt_from: how many clips were learnt from.
    """
    measurements = Measurements([], [], [])
    for number in range(SETS):
        comparison = Comparison.of(held_out, config, number)
        with drawing_from(_generators(number)):
            made = comparison.made_by(network)
        frozen = np.repeat(comparison.clips[:, :1], comparison.clips.shape[1], 1)
        measurements.made.append(clip_scores.summary(made, comparison.background))
        measurements.real.append(comparison.real)
        measurements.frozen.append(clip_scores.summary(frozen, comparison.background))
    conclusion = conclude(measurements, config.compared_clips)
    pictures = _pictures(network, config, held_out)
    table = _table(measurements)
    sections = [Section("", conclusion, tables=[table], pictures=pictures)]
    numbers = _numbers(measurements) | {"learnt_from": learnt_from, "compared_with": len(held_out)}
    return SampleReport(numbers, conclusion, page("Made clips", sections), _summary(table))


def conclude(measurements: Measurements, count: int) -> str:
    """Say whether made clips are as real ones in what was measured.

    Args:
        measurements: of all sets.
        count: clips in a set.
    """
    made, real = (measurements.interval(kind, "content_distance") for kind in ("made", "real"))
    shares = {name: measurements.share(name) for name in clip_scores.COMPARED}
    told = ", ".join(f"{_words(name)} {_percent(share)}" for name, share in shares.items())
    off = [_words(name) for name, share in shares.items() if abs(share.mean - 1) > TOLERANCE]
    verdict = "all of these are within a tenth" if not off else f"not within a tenth: {' and '.join(off)}"
    return (
        f"What is in a made clip changes by {made} of 255 from frame to frame, in a real one by {real.mean:.3g}. "
        f"Of real clips' scores the made ones have: {told}; {verdict}. (Means over {len(measurements.made)} sets of "
        f"{count} clips with 95% intervals; a frozen frame would change least, and have no motion.)"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _percent(share: Interval) -> str:
    return f"{share.mean:.0%} ({share.low:.0%} to {share.high:.0%})"


def _table(measurements: Measurements) -> Table:
    rows = []
    for name, meaning in _MEANINGS.items():
        kinds = [measurements.interval(kind, name) for kind in ("made", "real", "frozen")]
        share = _percent(measurements.share(name)) if name in clip_scores.COMPARED else ""
        rows.append([f"{_words(name)}: {meaning}", str(kinds[0]), share, str(kinds[1]), f"{kinds[2].mean:.3g}"])
    return Table(["score", "made clips", "share of real", "real clips", "real, but frozen"], rows)


def _summary(table: Table) -> Table:
    """The table with the names of the scores alone."""
    rows = [[str(cells[0]).partition(":")[0], *cells[1:]] for cells in table.rows]
    return Table(table.columns, rows)


def _numbers(measurements: Measurements) -> dict[str, Any]:
    """All scores as JSON holds them."""
    kinds = {
        kind: {name: measurements.interval(kind, name).to_json() for name in _MEANINGS}
        for kind in ("made", "real", "frozen")
    }
    return kinds | {"share": {name: measurements.share(name).to_json() for name in clip_scores.COMPARED}}


def _pictures(network: ClipGANNetwork, config: ClipGANConfig, held_out: LearntClips) -> Sequence[tuple[str, str]]:
    """Clips that move: made ones, real ones, longer ones, contents with one motion, motions with one content."""
    length, rate = config.clip_length, config.frame_rate
    with drawing_from(_generators(SETS)):
        labels = torch.arange(_SHOWN) % network.labels if network.labels else None
        noise = network.generator.noise(_SHOWN, 2 * length, labels)
    short = ClipNoise(noise.content, noise.motion[:, : 1 + length], labels)
    first = None if labels is None else labels[:1].expand(_SHOWN)
    one_motion = ClipNoise(noise.content, noise.motion[:1, : 1 + length].expand(_SHOWN, -1, -1), first)
    one_content = ClipNoise(noise.content[:1].expand(_SHOWN, -1), short.motion, first)
    real = held_out.parts(np.arange(min(_SHOWN, len(held_out))), length, [config.seed]).clips.numpy()
    made = make(network, short)
    order = " Their labels are in turn the first to the last." if labels is not None else ""
    return [
        (animation(list(made), rate), f"Made clips.{order}"),
        (animation(list(real), rate), "Real clips that were held out."),
        (animation(list(make(network, noise)), rate), f"The same made clips, going on: {2 * length} frames."),
        (animation(list(make(network, one_motion)), rate), "One motion with other contents."),
        (animation(list(make(network, one_content)), rate), "One content with other motions."),
    ]


def _generators(number: int) -> dict[str, torch.Generator]:
    """The random numbers of a set."""
    return {"cpu": torch.Generator().manual_seed(number)}
