import pytest

from recurra.explain.compare.training_result import TrainingResult


@pytest.fixture
def trained():
    """A function that makes what a training came to."""

    def make(network, length, loss, seed=1, seconds=10.0, parameters=1000, norm=1.0, **more):
        records = [
            {"step": 100, "seconds": seconds / 2, "loss": 0.2, "accuracy": None, "length": None, "gradient_norm": norm},
            {"step": 200, "seconds": seconds, "loss": loss, "accuracy": None, "length": None, "gradient_norm": 0.1},
        ]
        return TrainingResult(
            network, length, seed, {"window": 10}, parameters, 1 / 6, None, 1e-3, seconds / 200, 200, seconds, loss,
            records=records, profile=[1.0, 0.1, 0.0001], start_profile=[1.0, 0.5, 0.2], **more,
        )  # fmt: skip

    return make
