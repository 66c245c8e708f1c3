"""Inertial measurements to numbers that hang less on how the sensor is worn."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from recurra.nn.encoders.running import fill_missing

INERTIAL_FEATURES = ("measurements", "gravity", "changes")


class InertialState(NamedTuple):
    """What is known of a stream from the steps so far.

    last: the last measurements, (B, 3 K), NaN where nothing was ever measured.
    before: the accelerations of the window before the next step, (B, W - 1, 3); zeros before the first.
    """

    last: Tensor
    before: Tensor


class InertialFeatures(nn.Module):
    """Measurements of sensors of three axes each, what does not change where all are turned together, and the changes.

    "measurements" are as they come. "gravity" is, of each sensor, the length of its vector, its part along down, and
    the length of the rest, which is level (Mizell, 2003, "Using Gravity to Estimate Accelerometer Orientation"); down
    is where the mean acceleration of the last steps points, which is gravity's direction as long as the movement comes
    and goes. "changes" are the differences to the step before, 0 at the first. All of it follows from the step and
    those before.

    A missing value (NaN) stays what it was last, or 0 if it has never been known.

    Args:
        sensors: K, of which the first is the accelerometer; as a rule it and a gyroscope.
        window: steps over which acceleration is averaged, W.
        kinds: which features, of "measurements", "gravity" and "changes".

    `size` is the number of features, 3 K for each kind.
    """

    def __init__(self, sensors: int = 2, window: int = 25, kinds: tuple[str, ...] = INERTIAL_FEATURES):
        super().__init__()
        unknown = set(kinds) - set(INERTIAL_FEATURES)
        if unknown or not kinds:
            raise ValueError(f"kinds: expected some of {', '.join(INERTIAL_FEATURES)}, got {kinds}")
        self.sensors, self.window, self.kinds = sensors, window, tuple(kinds)
        self.size = 3 * sensors * len(self.kinds)

    def forward(self, x: Tensor, state: InertialState | None = None) -> tuple[Tensor, InertialState]:
        """Bring (B, T, 3 K), NaN where a value is missing, to features (B, T, F).

        Args:
            x: all steps, or the next ones of a stream.
            state: what the last call returned; None at the start.
        """
        if x.shape[-1] != 3 * self.sensors:
            raise ValueError(f"inertial: expected {3 * self.sensors} features, got {x.shape[-1]}")
        filled = fill_missing(x, state.last if state else None)
        x = torch.nan_to_num(filled)
        last = torch.nan_to_num(state.last) if state else x[:, 0]  # (B, 3 K)
        before = state.before if state else x.new_zeros(len(x), self.window - 1, 3)
        seen = torch.cat([before, x[..., :3]], 1)  # (B, W - 1 + T, 3)
        parts = []
        if "measurements" in self.kinds:
            parts.append(x)
        if "gravity" in self.kinds:
            parts.append(self._by_gravity(x, seen))
        if "changes" in self.kinds:
            parts.append(x.diff(dim=1, prepend=last.unsqueeze(1)))
        return torch.cat(parts, -1), InertialState(filled[:, -1], seen[:, x.shape[1] :])

    def _by_gravity(self, x: Tensor, seen: Tensor) -> Tensor:
        """The length, the part along down and the level rest of each sensor's vector, (B, T, 3 K).

        seen: accelerations, from W - 1 steps before the first of x on.
        """
        mean = nn.functional.avg_pool1d(seen.transpose(1, 2), self.window, 1).transpose(1, 2)  # (B, T, 3)
        down = nn.functional.normalize(mean, dim=-1).unsqueeze(2)  # (B, T, 1, 3)
        vectors = x.unflatten(-1, (self.sensors, 3))  # (B, T, K, 3)
        along = (vectors * down).sum(-1)  # (B, T, K)
        level = (vectors - along.unsqueeze(-1) * down).norm(dim=-1)
        return torch.cat([vectors.norm(dim=-1), along, level], -1)

    def extra_repr(self) -> str:
        """Show what is taken of what."""
        return f"sensors={self.sensors}, window={self.window}, {', '.join(self.kinds)}"
