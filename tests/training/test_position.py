from recurra.training.position import Position
from recurra.training.update import Step


def test_means_are_over_the_steps_that_had_the_loss():
    position = Position()
    position.count(Step({"critic_loss": 1.0}, {"norm": 2.0}, {}))
    position.count(Step({"critic_loss": 3.0, "generator_loss": 5.0}, {"norm": 4.0}, {}))
    assert position.take_means() == {"train_critic_loss": 2.0, "train_generator_loss": 5.0, "norm": 3.0}
    assert position.take_means() == {}
    assert (position.step, position.batch) == (2, 2)
    position.begin_epoch()
    assert (position.epoch, position.batch, position.step) == (1, 0, 2)
