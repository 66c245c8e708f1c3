import pytest

from recurra import TrainingDiverged
from recurra.training import ending
from recurra.training.run import RunFolder


def test_an_interruption_says_what_is_kept_and_how_to_go_on():
    last = "interrupted at step 5 before the first evaluation; the weights kept are the last"
    assert ending.interrupted(5, "last", None) == last
    line = ending.interrupted(7, "best", "recurra train --resume run")
    assert line == "interrupted at step 7; all is saved; to go on: recurra train --resume run"


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("best", r"the best weights so far are kept \(best weights so far in .*run\)"),
        ("last", "no weights are kept yet"),
    ],
)
def test_a_divergence_says_what_is_kept_and_what_to_try(kind, kept, tmp_path):
    error = ending.diverged(TrainingDiverged("expected a loss, got nan"), 3, kind, RunFolder(tmp_path / "run"))
    with pytest.raises(
        TrainingDiverged, match=rf"^step 3: expected a loss, got nan; {kept}. Try a smaller learning_rate"
    ):
        raise error
