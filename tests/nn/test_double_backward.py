from types import SimpleNamespace

import pytest
import torch

from recurra import nn
from recurra.nn.double_backward import twice_differentiable
from recurra.nn.gradient_penalty import gradient_penalty

ON_GPU, ON_PROCESSOR = torch.device("cuda"), torch.device("cpu")


@pytest.fixture
def cudnn(monkeypatch):
    """A stand-in for PyTorch's switches of cuDNN, which a machine without a GPU may not have."""
    switches = SimpleNamespace(enabled=True)
    monkeypatch.setattr(torch.backends, "cudnn", switches)
    return switches


def test_cudnn_is_off_from_the_first_block_to_the_end_of_the_last(cudnn):
    first, second = twice_differentiable(ON_GPU), twice_differentiable(ON_GPU)
    with first:
        assert not cudnn.enabled
    assert cudnn.enabled
    first.__enter__()  # as two threads that end in the order in which they began
    second.__enter__()
    first.__exit__(None, None, None)
    assert not cudnn.enabled
    second.__exit__(None, None, None)
    assert cudnn.enabled


def test_who_has_switched_it_off_finds_it_so(cudnn):
    cudnn.enabled = False
    with pytest.raises(ValueError, match="in the block"), twice_differentiable(ON_GPU):
        raise ValueError("in the block")
    assert not cudnn.enabled


def test_nothing_changes_on_the_processor(cudnn):
    with twice_differentiable(ON_PROCESSOR):
        assert cudnn.enabled


@pytest.mark.needs_gpu
@pytest.mark.parametrize("layer", [nn.GRU(2, 3), torch.nn.LSTM(2, 3, 2)], ids=["ours", "torch's"])
@pytest.mark.parametrize("is_training", [True, False])
def test_a_penalty_goes_through_recurrent_layers_on_a_gpu(layer, is_training):
    layer = layer.cuda().train(is_training)
    real, made = torch.rand(2, 5, 4, 2, device="cuda")
    gradient_penalty(lambda x: layer(x)[0].sum((0, 2)), real, made).backward()
    assert all(torch.isfinite(weight.grad).all() for weight in layer.parameters())
