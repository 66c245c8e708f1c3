import torch

from recurra.settings.training import TrainingConfig
from recurra.training.averaging import WeightAverage


def _steps(average, network, values):
    for value in values:
        torch.nn.init.constant_(network.weight, value)
        average.update()


def test_without_an_average_the_network_itself_is_kept():
    network = torch.nn.Linear(1, 1)
    assert WeightAverage(network, TrainingConfig()).network is network


def test_the_running_average_follows_its_formula():
    network = torch.nn.Linear(1, 1)
    average = WeightAverage(network, TrainingConfig(average_decay=0.9))
    _steps(average, network, [1.0, 2.0, 3.0])
    expected = (0.81 * 1.0 + 0.9 * 2.0 + 3.0) / (0.81 + 0.9 + 1.0)
    torch.testing.assert_close(average.network.weight, torch.full((1, 1), expected))


def test_asgd_averages_equally_from_when_it_begins():
    network = torch.nn.Linear(1, 1)
    average = WeightAverage(network, TrainingConfig(optimizer="asgd"))
    _steps(average, network, [100.0])
    assert average.network is network
    average.begin()
    _steps(average, network, [1.0, 2.0, 6.0])
    torch.testing.assert_close(average.network.weight, torch.full((1, 1), 3.0))


def test_what_batch_norm_measured_is_averaged_as_the_weights_are():
    network = torch.nn.BatchNorm1d(1)
    average = WeightAverage(network, TrainingConfig(average_decay=0.9))
    for value in (1.0, 2.0, 3.0):
        network.running_mean.fill_(value)
        network.num_batches_tracked.add_(1)
        average.update()
    expected = (0.81 * 1.0 + 0.9 * 2.0 + 3.0) / (0.81 + 0.9 + 1.0)
    torch.testing.assert_close(average.network.running_mean, torch.tensor([expected]))
    assert average.network.num_batches_tracked == 3
