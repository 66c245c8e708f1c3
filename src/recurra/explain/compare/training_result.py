"""What one training of a comparison came to, and its file beside the run."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.explain.explanation import json_ready

_WHAT = "what a training came to"
_LIMIT = 64 << 20  # bytes of a file


@dataclass
class TrainingResult:
    """What one training came to.

    Attributes:
        network, length, seed: what was trained, on what.
        settings: of the training.
        parameters: numbers that were learnt.
        chance_loss, chance_accuracy: of the best answer that looks at no input; the latter None of numbers.
        solved_loss: below which the task counts as solved; 0 where it has no such bound.
        seconds_per_step: to learn from one batch, see `step_time`.
        steps, seconds: that it learnt for.
        loss: mean of an answer, on the sequences to score on; None where it diverged before the first evaluation.
        accuracy: of the answers; None where they are numbers, or as above.
        is_out_of_time: whether it was ended because its time was over.
        diverged: what stopped being finite; "" where nothing did.
        records: of its evaluations "step", "seconds", "loss" and "accuracy" on the sequences to validate on, and
            "gradient_norm", a mean over the steps since the last.
        profile: norms of the gradient by distance, see `distance_profile`; after the training.
        start_profile: the same, before it.
    """

    network: str
    length: int
    seed: int
    settings: dict[str, Any]
    parameters: int
    chance_loss: float
    chance_accuracy: float | None
    solved_loss: float
    seconds_per_step: float = 0.0
    steps: int = 0
    seconds: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    is_out_of_time: bool = False
    diverged: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)
    profile: list[float] = field(default_factory=list)
    start_profile: list[float] = field(default_factory=list)

    @property
    def is_solved(self) -> bool:
        """Whether the loss is below that of a solved task."""
        return self.loss is not None and self.loss <= self.solved_loss

    @property
    def skill(self) -> float:
        """How much of chance's loss is gone: 0 at chance or worse, 1 where nothing is lost."""
        if self.loss is None:
            return 0.0
        return max(0.0, 1 - self.loss / self.chance_loss)

    @property
    def largest_gradient_norm(self) -> float:
        """The largest of the means of the gradient's norm between two evaluations; 0 where there was none."""
        return max((record["gradient_norm"] for record in self.records if record["gradient_norm"]), default=0.0)

    def write(self, file: Path) -> None:
        """Write the file."""
        atomic.write_text(file, json.dumps(json_ready(asdict(self))) + "\n")

    @classmethod
    def read(cls, file: Path) -> "TrainingResult":
        """Read the file.

        Raises:
            DataError: it is broken; names it.
        """
        with record.reading(file, _WHAT):
            result = cls(**read_json(file, _WHAT, _LIMIT))
            record.require_types(result, file)
        return result
