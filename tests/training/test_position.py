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


def test_the_best_scores_are_those_of_the_smallest_number():
    position = Position()
    assert position.best_scores("valid_error") == {}
    for error, f1 in ((0.5, 0.4), (0.25, 0.6), (float("nan"), 0.9), (0.375, 0.8)):
        position.records.append({"step": 1, "train_loss": 1.0, "valid_error": error, "valid_f1": f1})
    assert position.best_scores("valid_error") == {"valid_error": 0.25, "valid_f1": 0.6}
    assert position.best_scores("train_loss")["train_loss"] == 1.0


def test_a_phase_counts_its_evaluations_alone():
    position = Position(best=0.5, stalled=2, records=[{"step": 1, "valid_error": 0.5}])
    position.begin_phase()
    assert (position.best, position.stalled) == (float("inf"), 0)
    assert position.best_scores("valid_error") == {}
    position.records.append({"step": 2, "valid_error": 0.75})
    assert position.best_scores("valid_error") == {"valid_error": 0.75}
