import torch

from recurra.explain.compare.denormals import denormals_flushed


def product():
    return float(torch.tensor(1e-30) * torch.tensor(1e-10))


def test_denormals_are_zero_inside_and_as_before_after():
    assert product() != 0
    with denormals_flushed():
        assert product() == 0
        with denormals_flushed():
            assert product() == 0
        assert product() == 0
    assert product() != 0
