"""Where a training stands: all that a checkpoint says in plain numbers."""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Position:
    """Where a training stands."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    best: float = math.inf
    stalled: int = 0
    """Evaluations since the best."""
    plateau: float = 1.0
    """What the plateau schedule has multiplied the learning rate by."""
    loss_sum: float = 0.0
    loss_steps: int = 0
    """Training loss since the last evaluation."""
    seconds: float = 0.0
    """Time spent training, over all sessions."""
    records: list[dict[str, Any]] = field(default_factory=list)
