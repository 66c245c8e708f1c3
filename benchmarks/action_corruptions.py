"""25 ways in which the signals of a clip go wrong, to see what is left of an answer (depth, skeleton, inertial).

Each is a function of the signals of one clip and a generator; none of them changes what it is given. `CORRUPTIONS` has
them by name. A signal that is lost is None, a joint or a measurement that is lost NaN, a frame that is lost 0.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from recurra.data.clips.augmentation.rotation import about_axis

Samples = np.ndarray
Signals = dict[str, np.ndarray | None]
RIGHT_ARM = (9, 10, 11)  # elbow, wrist and hand of UTD-MHAD's skeleton
NOISE = np.array([0.3] * 3 + [50.0] * 3)  # of UTD-MHAD's accelerometer in g, and gyroscope in degrees a second


def corrupt(signals: Signals, name: str, seed: int) -> Signals:
    """Corrupt the signals of a clip in the way `name`; a function of the seed."""
    return CORRUPTIONS[name](signals, np.random.default_rng(seed))


def _change(signal: str, function: Callable[[Samples, np.random.Generator], Samples]) -> Callable:
    """Corrupt one signal where the clip has it."""

    def changed(signals: Signals, generator: np.random.Generator) -> Signals:
        samples = signals.get(signal)
        return signals if samples is None else {**signals, signal: function(samples.copy(), generator)}

    return changed


def _lose(*names: str) -> Callable:
    """Lose whole signals."""

    def lost(signals: Signals, generator: np.random.Generator) -> Signals:
        return {name: None if name in names else samples for name, samples in signals.items()}

    return lost


def _all(*corruptions: Callable) -> Callable:
    """Corrupt in several ways, one after the other."""

    def corrupted(signals: Signals, generator: np.random.Generator) -> Signals:
        for corruption in corruptions:
            signals = corruption(signals, generator)
        return signals

    return corrupted


def freeze(samples: Samples, generator: np.random.Generator) -> Samples:
    """Stay at one sample from a moment in the second quarter to the end."""
    first = int(len(samples) * generator.uniform(0.25, 0.5))
    samples[first:] = samples[first]
    return samples


def lower_rate(samples: Samples, generator: np.random.Generator, every: int) -> Samples:
    """See every `every`-th sample, held until the next."""
    return samples[np.arange(len(samples)) // every * every]


def add_noise(samples: Samples, generator: np.random.Generator, deviation: float | np.ndarray) -> Samples:
    """Add noise of a standard deviation, one or of each feature."""
    return samples + (deviation * generator.standard_normal(samples.shape)).astype(samples.dtype)


def multiply(samples: Samples, generator: np.random.Generator, factors: float | np.ndarray) -> Samples:
    """Measure in other units."""
    return samples * np.asarray(factors, samples.dtype)


def lose_joints(samples: Samples, generator: np.random.Generator, share: float) -> Samples:
    """Lose a share of the joints of each frame, each frame others."""
    samples[generator.random(samples.shape[:2]) < share] = np.nan
    return samples


def lose_features(samples: Samples, generator: np.random.Generator, features: tuple[int, ...]) -> Samples:
    """Lose joints or measurements at all moments."""
    samples[:, list(features)] = np.nan
    return samples


def scatter_joints(samples: Samples, generator: np.random.Generator) -> Samples:
    """Put one joint in twenty of each frame half a metre off."""
    wrong = generator.random(samples.shape[:2]) < 0.05
    samples[wrong] += 0.5 * generator.choice([-1, 1], (int(wrong.sum()), samples.shape[2])).astype(samples.dtype)
    return samples


def view_from_the_side(samples: Samples, generator: np.random.Generator) -> Samples:
    """Turn the body by 45 degrees to either side."""
    turn = about_axis(np.array([0.0, 1.0, 0.0]), np.radians(45) * generator.choice([-1, 1]))
    middle = samples.mean((0, 1))
    return ((samples - middle) @ turn.T + middle).astype(samples.dtype)


def wear_otherwise(samples: Samples, generator: np.random.Generator) -> Samples:
    """Turn the sensors by 45 degrees about an axis of any direction."""
    turn = about_axis(generator.standard_normal(3), np.radians(45))
    return (samples.reshape(len(samples), -1, 3) @ turn.T).reshape(samples.shape).astype(samples.dtype)


def speckle(samples: Samples, generator: np.random.Generator) -> Samples:
    """Lose 15 pixels of 100, and put a depth of any size at 2 of 100."""
    chance = generator.random(samples.shape)
    noise = generator.integers(1, 256, samples.shape, dtype=samples.dtype)
    return np.where(chance < 0.15, 0, np.where(chance < 0.17, noise, samples)).astype(samples.dtype)


def hide_block(samples: Samples, generator: np.random.Generator) -> Samples:
    """Hide a block of a third of the body's height and its whole width in all frames."""
    rows = np.flatnonzero((samples > 0).any((0, 2, 3)))
    if len(rows):
        tall = max(1, len(rows) // 3)
        top = rows[0] + generator.integers(0, len(rows) - tall + 1)
        samples[:, top : top + tall] = 0
    return samples


def lose_frames(samples: Samples, generator: np.random.Generator) -> Samples:
    """Lose every second frame, drawn."""
    samples[generator.random(len(samples)) < 0.5] = 0
    return samples


def shift_in_time(signals: Signals, generator: np.random.Generator) -> Signals:
    """Let each signal begin up to a fifth of the clip late, its first sample held until then."""
    shifted = dict(signals)
    for name, samples in signals.items():
        if samples is not None:
            late = int(generator.uniform(0.0, 0.2) * len(samples))
            shifted[name] = samples[np.maximum(np.arange(len(samples)) - late, 0)]
    return shifted


def cut(signals: Signals, generator: np.random.Generator) -> Signals:
    """Begin a fifth late and end a fifth early."""
    parts: Signals = {}
    for name, samples in signals.items():
        parts[name] = None if samples is None else samples[len(samples) // 5 : len(samples) - len(samples) // 5]
    return parts


CORRUPTIONS: dict[str, Callable[[Signals, np.random.Generator], Signals]] = {
    "skeleton: noise of 2 cm": _change("skeleton", partial(add_noise, deviation=0.02)),
    "skeleton: noise of 6 cm": _change("skeleton", partial(add_noise, deviation=0.06)),
    "skeleton: 3 joints of 10 lost": _change("skeleton", partial(lose_joints, share=0.3)),
    "skeleton: right arm lost": _change("skeleton", partial(lose_features, features=RIGHT_ARM)),
    "skeleton: joints scattered": _change("skeleton", scatter_joints),
    "skeleton: frozen": _change("skeleton", freeze),
    "skeleton: 5 frames a second": _change("skeleton", partial(lower_rate, every=6)),
    "skeleton: in millimetres": _change("skeleton", partial(multiply, factors=1000.0)),
    "skeleton: from the side": _change("skeleton", view_from_the_side),
    "skeleton: lost": _lose("skeleton"),
    "inertial: noise": _change("inertial", partial(add_noise, deviation=NOISE)),
    "inertial: worn otherwise": _change("inertial", wear_otherwise),
    "inertial: in metres a square second": _change("inertial", partial(multiply, factors=[9.81] * 3 + [1.0] * 3)),
    "inertial: gyroscope lost": _change("inertial", partial(lose_features, features=(3, 4, 5))),
    "inertial: frozen": _change("inertial", freeze),
    "inertial: lost": _lose("inertial"),
    "depth: speckled": _change("depth", speckle),
    "depth: a block hidden": _change("depth", hide_block),
    "depth: half of the frames lost": _change("depth", lose_frames),
    "skeleton and inertial: lost": _lose("skeleton", "inertial"),
    "skeleton and depth: lost": _lose("skeleton", "depth"),
    "all: noise": _all(
        _change("skeleton", partial(add_noise, deviation=0.04)),
        _change("inertial", partial(add_noise, deviation=NOISE)),
        _change("depth", speckle),
    ),
    "all: frozen": _all(*(_change(name, freeze) for name in ("skeleton", "inertial", "depth"))),
    "all: shifted in time": shift_in_time,
    "all: begins late, ends early": cut,
}
