import numpy as np
import pytest
import torch

from recurra import DataError, SequenceClassifier
from recurra.tasks.classification import data


def _module(weights=None) -> data.SequenceDataModule:
    inputs = [np.full((length, 2), length, np.float32) for length in (1, 2, 3, 4, 5)]
    examples = data.EncodedExamples(inputs, [np.asarray(n % 2) for n in range(5)], weights)
    return data.SequenceDataModule(SequenceClassifier(batch_size=2).config, examples, None)


def test_an_epoch_gives_every_sequence_once_in_an_order_of_its_own():
    module = _module()
    epochs = [torch.cat([batch.lengths for batch in module.batches(epoch, 0, 0, 1)]).tolist() for epoch in range(3)]
    assert all(sorted(lengths) == [1, 2, 3, 4, 5] for lengths in epochs)
    assert len({tuple(lengths) for lengths in epochs}) > 1
    assert module.steps_per_epoch(0) == 3


def test_each_sequence_has_its_answer_and_weight():
    module = _module(np.asarray([0.1, 0.2, 0.3, 0.4, 0.5]))
    for batch in module.batches(0, 0, 0, 1):
        assert torch.equal(batch.targets, (batch.lengths - 1) % 2)
        torch.testing.assert_close(batch.weights, 0.1 * batch.lengths.float())


def test_a_process_without_a_share_has_none():
    shares = [list(_module().batches(0, 0, rank, 2)) for rank in (0, 1)]
    assert [batch is None for batch in shares[1]] == [False, False, True]  # the last batch has one sequence
    assert len(shares[0]) == len(shares[1])


def test_what_has_no_answer_is_named():
    classifier = SequenceClassifier(hidden_size=4, epochs=1, threads=1).fit(np.ones((4, 3, 1)), [0, 1, 0, 1])
    with torch.no_grad():
        classifier.network.head.bias.fill_(float("nan"))
    with pytest.raises(DataError, match=r"^7: expected numbers like those of the training, got what has no answer"):
        data.run(classifier.network, [np.ones((3, 1), np.float32)], lambda row: f"{row + 7}")
    assert not classifier.network.training
