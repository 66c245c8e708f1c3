import pytest

from recurra import DataError
from recurra.data.generated.catalogue import GENERATED, generated


@pytest.mark.parametrize("name", GENERATED)
def test_every_task_says_what_goes_in_and_what_comes_out(name):
    task = generated(name, 28)
    assert bool(task.symbols) != bool(task.features)
    assert (task.chance_accuracy is None) == (task.classes == 0) == (task.metric == "squared error")
    assert 0 <= task.solved_loss < task.chance_loss


def test_an_unknown_task_is_refused_with_those_that_there_are():
    with pytest.raises(DataError, match=r"^task: expected one of adding, copy, .*, got 'addition'$"):
        generated("addition", 10)
