from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from recurra.training.batch import Batch, to_device


class Pair(NamedTuple):
    first: Tensor
    second: Tensor | None


@dataclass(frozen=True)
class Pairs(Batch):
    pair: Pair
    weight: float


def test_all_tensors_of_a_batch_go_to_a_device_and_nothing_else_changes():
    batch = Pairs(Pair(torch.zeros(3), None), 0.5)
    moved = batch.to(torch.device("meta"))
    assert isinstance(moved.pair, Pair)
    assert moved.pair.first.is_meta
    assert moved.pair.second is None
    assert moved.weight == 0.5
    assert not batch.pair.first.is_meta


def test_nested_tensors_go_to_a_device():
    moved = to_device({"a": [torch.zeros(1), (torch.zeros(2),)], "b": None}, torch.device("meta"))
    assert moved["a"][0].is_meta
    assert moved["a"][1][0].is_meta
    assert moved["b"] is None


def test_an_example_is_a_row_of_every_tensor():
    batch = Pairs(Pair(torch.arange(6).reshape(3, 2), None), 0.5)
    one = batch.example(1)
    assert one.pair.first.tolist() == [[2, 3]]
    assert one.pair.second is None
    assert one.weight == 0.5
