"""The motion of a clip: noise at every step, made a course by a recurrence."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra.nn.cells import CELLS
from recurra.nn.recurrent import Recurrent

_COURSE = 2.0  # deviation of what a clip's noise tells the recurrence, before it is learnt
_CHANGE = 0.1  # of what the noise of a step does


class Motion(nn.Module):
    """A recurrence over noise, whose outputs say where everything is at each step; of any length.

    The noise of the beginning is read at every step: it says what course the whole clip takes, and what is drawn at a
    step changes it. So clips differ from the first training step on; were it told once, the recurrence would have to
    learn first to keep it, and all clips would move alike until then. Clips may begin anywhere and yet go on in small
    steps, since the recurrence makes a step before that of the first frame.

    Args:
        noise_size: numbers drawn for each step, and for the beginning.
        size: of the outputs.
        cell: name of the recurrent cell.
        condition_size: numbers that say what kind of motion it is to be, read at each step; 0 for none.
    """

    def __init__(self, noise_size: int, size: int, cell: str = "gru", condition_size: int = 0):
        super().__init__()
        self.noise_size, self.size = noise_size, size
        self.course = nn.Linear(noise_size + condition_size, size)
        self.change = nn.Linear(noise_size, size, bias=False)
        nn.init.normal_(self.course.weight, std=_COURSE * noise_size**-0.5)
        nn.init.normal_(self.change.weight, std=_CHANGE * noise_size**-0.5)
        self.recurrence = Recurrent(CELLS[cell], size, size, batch_first=True)

    def forward(self, noise: Tensor, condition: Tensor | None = None) -> Tensor:
        """Make motions.

        Args:
            noise: (B, 1 + T, noise_size), independent normal numbers: of the beginning, then of each step.
            condition: (B, condition_size).

        Returns:
            (B, T, size).
        """
        begin = noise[:, 0] if condition is None else torch.cat([noise[:, 0], condition], 1)
        changes = F.pad(self.change(noise[:, 1:]), (0, 0, 1, 0))  # (B, 1 + T, size)
        inputs = self.course(begin).unsqueeze(1) + changes
        outputs: Tensor = self.recurrence(inputs)[0]
        return outputs[:, 1:]
