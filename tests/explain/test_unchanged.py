import pytest
import torch
from torch import nn

from recurra.explain.unchanged import unchanged


def test_buffers_modes_and_random_numbers_are_put_back_even_after_an_error():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout())
    mean, state = model[0].running_mean.clone(), torch.get_rng_state()

    def fail():
        with unchanged(model):
            model(torch.randn(5, 3))
            model.eval()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert torch.equal(model[0].running_mean, mean)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert model[1].training
