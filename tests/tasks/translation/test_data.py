import numpy as np
import pytest
import torch

from recurra.tasks.translation.config import TranslatorConfig
from recurra.tasks.translation.data import EncodedPairs, TranslationDataModule, batch_of

ENDS = (8, 9)


def _pairs() -> EncodedPairs:
    return EncodedPairs([np.arange(n) for n in (1, 2, 3, 4)], [np.arange(n) for n in (4, 3, 2, 1)])


def test_a_decoder_reads_the_end_first_and_writes_it_last():
    batch = batch_of(_pairs(), np.asarray([2, 3]), ENDS, 0.25)
    assert batch.inputs.source.tolist() == [[0, 1, 2, 8, 0], [0, 1, 2, 3, 8]]
    assert batch.inputs.source_lengths.tolist() == [4, 5]
    assert batch.inputs.target.tolist() == [[9, 0, 1], [9, 0, 9]]
    assert batch.targets.tolist() == [[0, 1, 9], [0, 9, 0]]
    assert batch.lengths.tolist() == [3, 2]
    assert (batch.size, batch.sampling_share.item()) == (5, 0.25)


def test_scheduled_sampling_grows_with_the_position_in_the_training():
    config = TranslatorConfig(batch_size=1, epochs=2, scheduled_sampling=0.8)
    module = TranslationDataModule(config, _pairs(), ENDS)
    shares = [float(batch.sampling_share) for epoch in range(2) for batch in module.batches(epoch, 0, 0, 1)]
    assert shares == pytest.approx([0.1 * step for step in range(8)])
    rest = list(module.batches(1, 2, 0, 1))
    assert float(rest[0].sampling_share) == pytest.approx(shares[6])


def test_an_epoch_gives_every_pair_once():
    module = TranslationDataModule(TranslatorConfig(batch_size=3), _pairs(), ENDS)
    lengths = torch.cat([batch.lengths for batch in module.batches(0, 0, 0, 1)])
    assert sorted(lengths.tolist()) == [2, 3, 4, 5]
    assert module.steps_per_epoch(0) == 2
    parts = [[batch is not None for batch in module.batches(0, 0, rank, 3)] for rank in range(3)]
    assert len({len(part) for part in parts}) == 1
    assert not all(parts[2])
