"""Batches of a text: each goes on where the one before ended, and several processes share them."""

from dataclasses import replace

import pytest
import torch

from recurra import LanguageModel
from recurra.tasks.language_model.data import LanguageDataModule


@pytest.fixture(params=["one direction", "two directions"])
def data(request, tmp_path) -> LanguageDataModule:
    (tmp_path / "a.txt").write_text("to be, or not to be, that is the question\n" * 20)
    settings = {"hidden_size": 4, "batch_size": 4, "sequence_length": 7, "bidirectional": request.param[:3] == "two"}
    return LanguageModel(**settings)._prepare(tmp_path / "a.txt", None, is_new=True).data


def test_each_batch_goes_on_where_the_one_before_ended(data):
    first, second, *_ = data.batches(0, 0, 0, 1)
    assert torch.equal(first.inputs[..., 1:], first.targets[..., :-1])
    assert torch.equal(second.inputs[..., 0], first.targets[..., -1])
    assert first.size == 4 * 7


def test_two_directions_read_the_text_from_both_ends(data):
    numbers = torch.from_numpy(data.train.numbers()[:].astype("int64"))
    batch = next(data.batches(0, 0, 0, 1))
    forward = batch.inputs[0] if batch.inputs.dim() == 2 else batch.inputs[0, 0]
    assert torch.equal(forward, numbers[:7])
    if data.config.bidirectional:
        assert torch.equal(batch.inputs[0, 1], numbers.flip(0)[:7])


def test_batches_begin_where_they_are_asked_to_and_are_as_many_as_counted(data):
    whole, rest = list(data.batches(1, 0, 0, 1)), list(data.batches(1, 3, 0, 1))
    assert len(whole) == data.steps_per_epoch(1) == len(rest) + 3
    assert torch.equal(rest[0].inputs, whole[3].inputs)


def test_processes_share_each_batch(data):
    whole, *shares = (next(data.batches(0, 0, rank, count)) for rank, count in ((0, 1), (0, 2), (1, 2)))
    assert torch.equal(torch.cat([share.inputs for share in shares]), whole.inputs)


def test_the_validation_text_is_scored_in_the_precision_of_the_loss(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("what is learnt here is scored here, too. " * 100)
    lm = LanguageModel(hidden_size=64, num_layers=1, epochs=1, precision="bf16", batch_size=4).fit(
        text, text, progress=False
    )
    module, network = lm.data_module(text), lm.network.eval()
    whole = replace(module, config=replace(lm.config, precision="float32"))
    with torch.autocast("cpu", torch.bfloat16):
        assert whole.score(network) == module.score(network)
    assert whole.score(network) != module.score(network)
