import torch

from recurra.nn.device import device_of


def test_a_network_is_where_its_weights_are():
    assert device_of(torch.nn.Linear(2, 3)) == torch.device("cpu")
    assert device_of(torch.nn.Linear(2, 3, device="meta")) == torch.device("meta")
    assert device_of(torch.nn.Dropout()) == torch.device("cpu")
