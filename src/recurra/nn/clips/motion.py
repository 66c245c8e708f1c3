"""The motion of a clip: noise at every step, made a course by a recurrence."""

import torch
from torch import Tensor, nn

from recurra.nn.cells import CELLS
from recurra.nn.recurrent import Recurrent


class Motion(nn.Module):
    """A recurrence over noise, whose outputs say where everything is at each step; of any length.

    It begins with a step of its own, so that clips may begin anywhere and yet go on in small steps.

    Args:
        noise_size: numbers drawn for each step, and for the beginning.
        size: of the outputs.
        cell: name of the recurrent cell.
        condition_size: numbers that say what kind of motion it is to be, read at each step; 0 for none.
    """

    def __init__(self, noise_size: int, size: int, cell: str = "gru", condition_size: int = 0):
        super().__init__()
        self.noise_size, self.size = noise_size, size
        self.begin = nn.Linear(noise_size + condition_size, size)
        self.go_on = nn.Linear(noise_size + condition_size, size)
        self.recurrence = Recurrent(CELLS[cell], size, size, batch_first=True)

    def forward(self, noise: Tensor, condition: Tensor | None = None) -> Tensor:
        """Make motions.

        Args:
            noise: (B, 1 + T, noise_size), independent normal numbers: of the beginning, then of each step.
            condition: (B, condition_size).

        Returns:
            (B, T, size).
        """
        if condition is not None:
            repeated = condition.unsqueeze(1).expand(-1, noise.shape[1], -1)
            noise = torch.cat([noise, repeated], 2)
        inputs = torch.cat([self.begin(noise[:, :1]), self.go_on(noise[:, 1:])], 1)  # (B, 1 + T, size)
        outputs: Tensor = self.recurrence(inputs)[0]
        return outputs[:, 1:]
