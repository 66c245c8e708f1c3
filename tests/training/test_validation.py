import pytest
from torch import nn

from recurra.training.validation import Validation, evaluating


def _network() -> nn.Sequential:
    network = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5)), nn.Linear(2, 2)).train()
    network[1].eval()  # as somebody does who trains only a part
    return network


def test_every_module_goes_back_into_its_own_mode():
    network = _network()
    before = [module.training for module in network.modules()]
    with evaluating(network):
        assert not any(module.training for module in network.modules())
    assert [module.training for module in network.modules()] == before == [True, True, False, False, True]


def test_the_mode_goes_back_where_the_evaluation_fails():
    network = _network()
    with pytest.raises(ZeroDivisionError), evaluating(network):
        raise ZeroDivisionError
    assert network.training
    assert network[0].training


def test_without_anything_held_out_the_training_loss_counts():
    validation = Validation()
    assert validation.monitor == "train_loss"
    assert validation.score(_network()) == {}
