"""What a person is told when a training ends before its time, and how to go on."""

from recurra.errors import TrainingDiverged
from recurra.training.best_weights import Kind
from recurra.training.run import RunFolder


def to_go_on(how_to_resume: str) -> str:
    """Say how a run goes on."""
    return f"to go on: {how_to_resume}"


def interrupted(step: int, kind: Kind, how_to_resume: str | None) -> str:
    """Say that somebody interrupted a training.

    Args:
        step: after which.
        kind: of the weights that are kept.
        how_to_resume: what goes on with the run; None where all is in memory.
    """
    which = "" if kind == "best" else " before the first evaluation; the weights kept are the last"
    saved = f"; all is saved; {to_go_on(how_to_resume)}" if how_to_resume else ""
    return f"interrupted at step {step}{which}{saved}"


def diverged(error: TrainingDiverged, step: int, kind: Kind, run: RunFolder | None) -> TrainingDiverged:
    """Say at which step a loss or gradient was not finite, what is kept, and what to try.

    Args:
        error: what was not finite.
        step: in which, from 1.
        kind: of the weights that are kept.
        run: folder that has them; None where all is in memory.
    """
    where = f" (best weights so far in {run.path})" if run else ""
    kept = f"the best weights so far are kept{where}" if kind == "best" else "no weights are kept yet"
    advice = "Try a smaller learning_rate, a smaller clip_norm or more warmup_steps"
    return TrainingDiverged(f"step {step}: {error}; {kept}. {advice}")
