import time

import torch

from recurra.data.sequences.answers import Answers
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.network import ComparedNetwork
from recurra.explain.compare.step_time import step_time
from recurra.tasks.classification.network import SequenceBatch


def test_the_time_is_of_one_round_and_nothing_is_changed():
    answers = Answers("number", mean=[0.0], scale=[1.0])
    network = ComparedNetwork(0, 2, 0, answers, ComparedConfig(network_name="gru", hidden_size=32))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    batch = SequenceBatch(torch.randn(16, 50, 2), torch.full((16,), 50), torch.randn(16, 1))
    began = time.thread_time()
    taken = step_time(network, batch)
    assert 0 < 4 * taken <= time.thread_time() - began  # at least the middle one and those above it
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_the_time_is_of_one_thread_whatever_the_process_has(monkeypatch):
    answers = Answers("number", mean=[0.0], scale=[1.0])
    network = ComparedNetwork(0, 2, 0, answers, ComparedConfig(network_name="gru", hidden_size=8))
    batch = SequenceBatch(torch.randn(4, 5, 2), torch.full((4,), 5), torch.randn(4, 1))
    seen = []
    loss = network.loss
    monkeypatch.setattr(network, "loss", lambda batch: seen.append(torch.get_num_threads()) or loss(batch))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        step_time(network, batch)
        assert set(seen) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
