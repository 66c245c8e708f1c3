import math

import pytest

from recurra import TrainingDiverged
from recurra.training.update import Step, require_finite


def test_what_is_not_finite_is_named():
    require_finite({"critic_loss": 1.0}, {"critic_gradient_norm": 2.0})
    with pytest.raises(TrainingDiverged, match=r"got critic loss 1\.0 and critic gradient norm inf"):
        require_finite({"critic_loss": 1.0}, {"critic_gradient_norm": math.inf})


def test_a_step_has_scores_and_warnings_of_its_own():
    first, second = Step({}, {}, {}), Step({}, {}, {})
    first.scores["made_score"] = 1.0
    assert second.scores == {}
    assert second.warnings == ()
