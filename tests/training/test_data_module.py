from recurra.training.data_module import total_steps


class Remainders:
    """A data module whose epochs have unequal numbers of batches."""

    unit, warnings = "numbers", ()

    def steps_per_epoch(self, epoch: int) -> int:
        return 10 + epoch % 2


def test_the_batches_of_all_epochs_are_counted():
    assert total_steps(Remainders(), 3) == 10 + 11 + 10
    assert total_steps(Remainders(), 0) == 0
