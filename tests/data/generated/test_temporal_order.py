import numpy as np

from recurra.data.generated.temporal_order import TemporalOrder, TemporalOrderOfThree


def orders(batch):
    """The class that the symbols which matter, 4 and 5, say, and the steps at which they stand."""
    places = [np.flatnonzero((inputs == 4) | (inputs == 5)) for inputs in batch.inputs]
    symbols = [inputs[steps] - 4 for inputs, steps in zip(batch.inputs, places, strict=True)]
    return [int("".join(map(str, bits)), 2) for bits in symbols], np.stack(places)


def test_two_symbols_stand_where_the_paper_puts_them():
    batch = TemporalOrder(100).batch(500, 1, 0)
    classes, places = orders(batch)
    assert classes == batch.targets.tolist()
    assert set(classes) == {0, 1, 2, 3}
    assert [places[:, 0].min(), places[:, 0].max()] == [10, 20]
    assert [places[:, 1].min(), places[:, 1].max()] == [50, 60]
    assert [batch.lengths.min(), batch.lengths.max()] == [100, 110]
    assert (batch.inputs[:, 0] == 6).all()
    assert (batch.inputs[np.arange(500), batch.lengths - 1] == 7).all()


def test_three_symbols_stand_where_the_paper_puts_them():
    batch = TemporalOrderOfThree(100).batch(1000, 1, 0)
    classes, places = orders(batch)
    assert classes == batch.targets.tolist()
    assert set(classes) == set(range(8))
    assert places.min(0).tolist() == [10, 33, 66]
    assert places.max(0).tolist() == [20, 43, 76]
