from dataclasses import dataclass

import torch
from torch import Tensor

from recurra.explain.gradients import windows


@dataclass(frozen=True)
class Batch:
    inputs: Tensor
    targets: Tensor


def test_windows_are_cut_and_joined_along_time():
    x, y = torch.arange(14).reshape(7, 2), torch.arange(14, 28).reshape(7, 2)
    cut = windows.shorter([(x, y)], axis=0)
    assert [len(inputs) for inputs, _ in cut] == [4, 3]
    ((inputs, targets),) = windows.longer([(x[:3], y[:3]), (x[3:6], y[3:6])], axis=0)
    assert torch.equal(inputs, x[:6])
    assert torch.equal(targets, y[:6])


def test_batches_of_a_task():
    batch = Batch(torch.arange(12).reshape(2, 6), torch.arange(12, 24).reshape(2, 6))
    first, second = windows.shorter([batch], axis=1)
    assert first.inputs.tolist() == [[0, 1, 2], [6, 7, 8]]
    assert second.targets.tolist() == [[15, 16, 17], [21, 22, 23]]
    (joined,) = windows.longer([first, second], axis=1)
    assert torch.equal(joined.inputs, batch.inputs)


def test_where_not_every_step_has_its_target_there_are_no_windows():
    batch = (torch.zeros(7, 2, 3), torch.zeros(2))
    assert windows.shorter([batch], axis=0) is None
    assert windows.longer([batch, batch], axis=0) is None
    assert windows.longer([(torch.zeros(7, 2), torch.zeros(7, 2))], axis=0) is None
