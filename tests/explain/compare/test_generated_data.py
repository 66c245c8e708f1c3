import math

import pytest
import torch

from recurra.data.generated.catalogue import generated
from recurra.data.sequences.answers import Answers
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.generated_data import GeneratedDataModule, first_length, score
from recurra.explain.compare.network import ComparedNetwork


def module(**settings):
    config = ComparedConfig(task="parity", length=40, steps_per_epoch=5, batch_size=4, per_step=True, **settings)
    network = ComparedNetwork(0, 1, 0, Answers("class", [0, 1], True), config)
    network.longest.fill_(first_length(config))
    return GeneratedDataModule(config, generated("parity", 40), network), network


class Oracle(ComparedNetwork):
    """Answers every parity up to a length, and then none."""

    reach = 10**9

    def forward(self, inputs, lengths=None, state=None):
        odd = inputs[:, :, 0].cumsum(1) % 2
        logits = (20 * odd - 10).unsqueeze(-1)
        logits[:, self.reach :] = 0
        return logits, state


def test_an_epoch_goes_on_where_the_one_before_ended_and_can_begin_anywhere():
    data, _ = module()
    epoch = list(data.batches(1, 0, 0, 1))
    assert len(epoch) == data.steps_per_epoch(1) == 5
    rest = list(data.batches(1, 3, 0, 1))
    assert [torch.equal(a.inputs, b.inputs) for a, b in zip(epoch[3:], rest, strict=True)] == [True, True]
    assert not torch.equal(epoch[0].inputs, next(data.batches(0, 0, 0, 1)).inputs)
    shares = [next(data.batches(1, 0, rank, 2)).inputs for rank in (0, 1)]
    torch.testing.assert_close(torch.cat([shares[0][:1], shares[1][:1]]), epoch[0].inputs[:2])


def test_lengths_grow_when_those_so_far_are_solved():
    data, network = module(growing=True, validation_sequences=20)
    oracle = Oracle(0, 1, 0, network.answers, data.config)
    assert next(data.batches(0, 0, 0, 1)).inputs.shape[1] == 10
    oracle.reach = 15
    first = data.score(oracle)
    assert next(data.batches(0, 0, 0, 1)).inputs.shape[1] == 20
    second = data.score(oracle)
    assert (first["valid_length"], second["valid_length"]) == (10, 20)
    assert next(data.batches(0, 0, 0, 1)).inputs.shape[1] == 20  # not solved
    oracle.reach = 40
    third = data.score(oracle)
    assert next(data.batches(0, 0, 0, 1)).inputs.shape[1] == 40
    assert first["valid_to_go"] == pytest.approx(2 * math.log(2), rel=0.01)  # two doublings are to come
    assert third["valid_to_go"] == pytest.approx(math.log(2), rel=0.01)
    assert first["valid_to_go"] > second["valid_to_go"] > third["valid_to_go"]
    assert data.score(oracle) == {
        "valid_loss": pytest.approx(4.5e-5, rel=0.1),
        "valid_to_go": pytest.approx(4.5e-5, rel=0.1),
        "valid_accuracy": 1.0,
        "valid_length": 40,
    }


def test_lengths_fall_back_when_what_was_learnt_is_forgotten():
    data, network = module(growing=True, validation_sequences=20)
    oracle = Oracle(0, 1, 0, network.answers, data.config)
    for longest, reach, following in [(20, 19, 20), (20, 1, 10), (10, 1, 10), (40, 1, 20), (40, 39, 40)]:
        network.longest.fill_(longest)
        oracle.reach = reach
        assert data.score(oracle)["valid_length"] == longest
        assert int(network.longest) == following


def test_a_length_that_does_not_grow_does_not_fall():
    data, network = module(validation_sequences=20)
    oracle = Oracle(0, 1, 0, network.answers, data.config)
    oracle.reach = 1
    data.score(oracle)
    assert int(network.longest) == 40


def test_blanks_count_in_the_loss_and_not_in_the_accuracy():
    task = generated("reversed-digits", 5)
    answers = Answers("class", list(range(11)), True)
    network = ComparedNetwork(11, 0, 0, answers, ComparedConfig(task="reversed-digits", per_step=True))
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([9.0] + [0.0] * 10))  # always blank
    scores = score(network, task, task.test(50))
    assert scores["accuracy"] == 0
    assert scores["loss"] == pytest.approx(4.5, rel=0.01)  # nothing lost at half of the steps, 9 nats at the other
