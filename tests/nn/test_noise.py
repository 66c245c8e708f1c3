import pytest
import torch

from recurra.nn import noise
from recurra.nn.generators import drawing_from


@pytest.mark.parametrize("draw", [noise.normal, noise.uniform])
def test_noise_comes_from_the_generators_of_the_training(draw):
    like = torch.zeros(1, dtype=torch.float64)
    draws = []
    for _ in range(2):
        with drawing_from({"cpu": torch.Generator().manual_seed(3)}):
            draws.append(draw(2, 5, like=like))
    assert torch.equal(*draws)
    assert draws[0].shape == (2, 5)
    assert draws[0].dtype == torch.float64
    assert not torch.equal(draw(2, 5, like=like), draws[0])


def test_each_has_its_moments():
    like = torch.zeros(1)
    assert noise.normal(10_000, like=like).std().item() == pytest.approx(1.0, abs=0.05)
    assert noise.uniform(10_000, like=like).mean().item() == pytest.approx(0.5, abs=0.05)
