import numpy as np
import torch

from recurra.data.tables.cutting import WindowIndex
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.tasks.series_gan.data import SeriesDataModule, window_of

STEPS = [np.linspace(0, 1, 40, dtype=np.float32)[:, None], np.ones((3, 1), np.float32)]


def module(**settings):
    config = SeriesGANConfig(batch_size=16, epoch_steps=4, **settings)
    index = WindowIndex.cut(STEPS, 8)
    return SeriesDataModule(config, index, np.asarray([[0.25], [0.75]], np.float32), window=8)


def test_batches_are_a_function_of_epoch_and_number():
    data = module()
    batches = list(data.batches(1, 0, 0, 1))
    assert len(batches) == data.steps_per_epoch(1) == 4
    (last,) = data.batches(1, 3, 0, 1)
    assert torch.equal(last.steps, batches[3].steps)
    assert not torch.equal(next(data.batches(2, 0, 0, 1)).windows, batches[0].windows)
    shares = [next(data.batches(1, 0, rank, 2)).windows for rank in range(2)]
    assert sorted(torch.cat(shares).tolist()) == sorted(batches[0].windows.tolist())


def test_a_window_comes_with_its_context_and_the_rows_before_it():
    batch = module().batch(np.asarray([20, 33]))
    assert batch.lengths.tolist() == [8, 3]
    assert batch.context[:, 0].tolist() == [0.25, 0.75]
    assert batch.before_lengths.tolist() == [8, 0]
    torch.testing.assert_close(batch.before[0, :, 0], torch.from_numpy(STEPS[0][12:20, 0]))
    assert module(continued=False).batch(np.asarray([20])).before_lengths.tolist() == [0]
    begun = [int((batch.before_lengths == 0).sum()) for batch in module().batches(0, 0, 0, 1)]
    assert 4 < sum(begun) < 40  # of 64 windows, of which few begin their series


def test_all_windows_come_in_their_order():
    data = module()
    assert torch.cat([batch.windows for batch in data.in_order()]).tolist() == list(range(len(data.index)))
    assert len(data.scored(10).steps) == 10


def test_the_window_is_the_longest_series_or_24_rows():
    assert window_of(SeriesGANConfig(), STEPS) == 40
    assert window_of(SeriesGANConfig(window=7), STEPS) == 7
    assert window_of(SeriesGANConfig(), [np.zeros((65, 1))]) == 24
