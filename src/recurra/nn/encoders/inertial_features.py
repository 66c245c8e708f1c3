"""Inertial measurements to numbers that hang less on how the sensor is worn."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from recurra.nn.encoders.running import fill_missing


class InertialState(NamedTuple):
    """What is known of a stream from the steps so far.

    last: the last measurements, (B, 3 K), NaN where nothing was ever measured.
    before: the accelerations of the window before the next step, (B, W - 1, 3); zeros before the first.
    """

    last: Tensor
    before: Tensor


class InertialFeatures(nn.Module):
    """Measurements of sensors of three axes each, and of each what does not change where all are turned together.

    Down is where the mean acceleration of the last steps points, which is gravity's direction as long as the movement
    comes and goes. Beside the measurements stand, of each sensor, the length of its vector, its part along down, and
    the length of the rest, which is level (Mizell, 2003, "Using Gravity to Estimate Accelerometer Orientation"). All of
    it follows from the step and those before.

    A missing value (NaN) stays what it was last, or 0 if it has never been known.

    Args:
        sensors: K, of which the first is the accelerometer; as a rule it and a gyroscope.
        window: steps over which acceleration is averaged, W.

    `size` is the number of features, 6 K.
    """

    def __init__(self, sensors: int = 2, window: int = 25):
        super().__init__()
        self.sensors, self.window, self.size = sensors, window, 6 * sensors

    def forward(self, x: Tensor, state: InertialState | None = None) -> tuple[Tensor, InertialState]:
        """Bring (B, T, 3 K), NaN where a value is missing, to features (B, T, 6 K).

        Args:
            x: all steps, or the next ones of a stream.
            state: what the last call returned; None at the start.
        """
        if x.shape[-1] != 3 * self.sensors:
            raise ValueError(f"inertial: expected {3 * self.sensors} features, got {x.shape[-1]}")
        filled = fill_missing(x, state.last if state else None)
        x = torch.nan_to_num(filled)
        before = state.before if state else x.new_zeros(len(x), self.window - 1, 3)
        seen = torch.cat([before, x[..., :3]], 1)  # (B, W - 1 + T, 3)
        state = InertialState(filled[:, -1], seen[:, x.shape[1] :])
        mean = nn.functional.avg_pool1d(seen.transpose(1, 2), self.window, 1).transpose(1, 2)  # (B, T, 3)
        down = nn.functional.normalize(mean, dim=-1).unsqueeze(2)  # (B, T, 1, 3)
        vectors = x.unflatten(-1, (self.sensors, 3))  # (B, T, K, 3)
        along = (vectors * down).sum(-1)  # (B, T, K)
        level = (vectors - along.unsqueeze(-1) * down).norm(dim=-1)
        return torch.cat([x, vectors.norm(dim=-1), along, level], -1), state

    def extra_repr(self) -> str:
        """Show the sizes."""
        return f"sensors={self.sensors}, window={self.window}"
