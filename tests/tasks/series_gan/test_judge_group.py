"""Judges side by side are the judges that each would be alone."""

import numpy as np
import pytest
import torch

from recurra import nn as layers
from recurra.tasks.series_gan.judge_group import JudgeGroup, WindowDraws, groups_of, keras_start, tensorflow1_start


def single(group, judge):
    """One judge of a group as a GRU with its head."""
    alone = layers.GRU(group.recurrence.input_size // group.count, group.units, batch_first=True)
    units = slice(judge * group.units, (judge + 1) * group.units)
    for name, weight in alone.named_parameters():
        of_group = getattr(group.recurrence, name).detach().unflatten(0, (3, -1))[:, units]
        if weight.dim() == 2:
            of_group = of_group[..., judge * weight.shape[1] : (judge + 1) * weight.shape[1]]
        weight.data.copy_(of_group.flatten(0, 1))
    return alone


def test_each_gives_what_it_would_give_alone():
    group, x = JudgeGroup(4, 3, seeds=[0, 1, 2], start=keras_start), torch.rand(5, 7, 3, 4)
    logits = group(x)
    assert logits.shape == (5, 7, 3)
    for judge in range(3):
        outputs, _ = single(group, judge)(x[:, :, judge])
        torch.testing.assert_close(logits[:, :, judge], outputs @ group.head[judge] + group.bias[judge])


def test_training_keeps_them_apart():
    group = JudgeGroup(4, 3, seeds=[0, 1], start=keras_start)
    optimizer = torch.optim.Adam(group.parameters(), 0.1)
    before = group.recurrence.weight_hh_l0.detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        group(torch.rand(5, 7, 2, 4)).square().sum().backward()
        optimizer.step()
    weights = group.recurrence.weight_hh_l0.detach().unflatten(0, (3, 2, 3))  # (3, judges, H, S H)
    assert not weights[:, 0, :, 3:].any()
    assert not weights[:, 1, :, :3].any()
    assert (group.recurrence.weight_hh_l0 != before).sum() == 3 * 2 * 9


@pytest.mark.parametrize("start", [keras_start, tensorflow1_start])
def test_a_seed_starts_with_the_same_weights_in_any_group(start):
    first, second = JudgeGroup(4, 3, [7], start), JudgeGroup(4, 3, [1, 7], start)
    for one, other in zip(single(first, 0).parameters(), single(second, 1).parameters(), strict=True):
        assert torch.equal(one, other)


def test_weights_start_as_in_keras():
    weights = keras_start(40, 30, torch.Generator().manual_seed(0))
    limit = (6 / (40 + 3 * 30)) ** 0.5
    assert 0.98 * limit < float(weights.inputs.abs().max()) <= limit
    columns = weights.recurrent.flatten(0, 1)  # (3 H, H)
    torch.testing.assert_close(columns.T @ columns, torch.eye(30))
    assert weights.gate_bias == 0


def test_or_as_in_tensorflow_1():
    weights = tensorflow1_start(40, 30, torch.Generator().manual_seed(0))
    for gate, limit in zip((slice(0, 2), slice(2, 3)), ((6 / 130) ** 0.5, (6 / 100) ** 0.5), strict=True):
        for part in (weights.inputs[gate], weights.recurrent[gate]):
            assert 0.98 * limit < float(part.abs().max()) <= limit
    assert JudgeGroup(4, 3, [0], tensorflow1_start).recurrence.bias_ih_l0.tolist() == [1.0] * 6 + [0.0] * 3


def test_small_judges_are_grouped_and_large_ones_alone():
    assert groups_of(range(5), 3) == [[0, 1, 2, 3, 4]]
    assert groups_of(range(5), 16) == [[0, 1], [2, 3], [4]]
    assert groups_of(range(2), 64) == [[0], [1]]


def test_each_draws_its_own_windows_none_twice(walks):
    windows = walks(40, 0, lengths=True)
    windows.steps[:, 0, 0] = np.arange(40)
    rows = [np.arange(0, 20), np.arange(20, 40)]
    draws = WindowDraws(windows, rows, [np.random.default_rng(seed) for seed in (0, 1)])
    x, lengths = draws.draw()
    assert x.shape == (20, 12, 2, 6)
    drawn = x[:, 0, :, 0].long()
    assert sorted(drawn[:, 0].tolist()) == list(range(20))
    assert sorted(drawn[:, 1].tolist()) == list(range(20, 40))
    assert np.array_equal(lengths, windows.lengths[drawn])
    np.testing.assert_array_equal(x[:, :, 1], windows.steps[drawn[:, 1]])


@pytest.mark.parametrize("count", [1, 200])
def test_a_batch_is_never_larger_than_what_there_is(walks, count):
    draws = WindowDraws(walks(count, 0), [np.arange(count)], [np.random.default_rng(0)])
    assert len(draws.draw()[0]) == min(count, 128)
