"""The input of any module as vectors, and the module as a function of them."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recurra.explain.attribution.module_input import ModuleInput

LENGTHS = torch.tensor([2, 4])


class Named(nn.Module):
    """Reads by name."""

    def __init__(self):
        super().__init__()
        self.layer = nn.GRU(3, 5, batch_first=True)

    def forward(self, x, scale):
        return self.layer(x)[0] * scale


@pytest.fixture
def x():
    return torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("batch_first", [True, False])
def test_numbers_are_read_as_they_are(x, batch_first):
    layer = nn.LSTM(3, 5, batch_first=batch_first)
    given = x if batch_first else x.transpose(0, 1)
    source = ModuleInput(layer, given, batch_first)
    torch.testing.assert_close(source.vectors, x)
    torch.testing.assert_close(source.run(x)[0], layer(given)[0])
    torch.testing.assert_close(source.in_form(x), given)
    assert source.names(0) == ["step 0", "step 1", "step 2", "step 3"]


def test_one_sequence_without_a_batch(x):
    layer = nn.LSTM(3, 5)
    source = ModuleInput(layer, x[0])
    assert source.vectors.shape == (1, 4, 3)
    torch.testing.assert_close(source.run(x[:1])[0], layer(x[0])[0])
    assert source.in_form(x[:1]).shape == (4, 3)


def test_packed_sequences(x):
    layer = nn.GRU(3, 5, batch_first=True)
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    source = ModuleInput(layer, packed)
    torch.testing.assert_close(source.vectors, pad_packed_sequence(packed, batch_first=True)[0])
    torch.testing.assert_close(source.run(source.vectors)[0].data, layer(packed)[0].data)
    assert [len(source.names(number)) for number in range(2)] == [2, 4]


def test_arguments_in_a_tuple_or_by_name(x):
    model = Named()
    for inputs in ((x, 2.0), {"x": x, "scale": 2.0}):
        torch.testing.assert_close(ModuleInput(model, inputs).run(x), model(x, 2.0))


def test_symbols_are_read_by_their_vectors():
    model = nn.Sequential(nn.Embedding(9, 3), nn.GRU(3, 5))
    symbols = torch.tensor([[1, 2], [3, 4], [5, 6]])  # (T, B)
    source = ModuleInput(model, symbols, batch_first=False)
    torch.testing.assert_close(source.vectors, model[0](symbols).transpose(0, 1))
    assert source.names(1) == ["2", "4", "6"]
    assert source.in_form(source.vectors).shape == (3, 2, 3)


@pytest.mark.parametrize("batch_first", [True, False])
def test_all_sequences_several_times_over(batch_first):
    model = nn.Sequential(nn.Embedding(9, 3), nn.GRU(3, 5, batch_first=batch_first))
    symbols = torch.tensor([[1, 2, 3], [4, 5, 6]])
    source = ModuleInput(model, symbols if batch_first else symbols.T, batch_first)
    assert source.can_repeat
    once, thrice = (source.run(source.vectors.repeat(times, 1, 1))[0] for times in (1, 3))
    if not batch_first:
        once, thrice = once.transpose(0, 1), thrice.transpose(0, 1)
    torch.testing.assert_close(thrice, once.repeat(3, 1, 1))


def test_what_cannot_be_repeated(x):
    assert not ModuleInput(Named(), (x, 2.0)).can_repeat
    assert not ModuleInput(nn.GRU(3, 5), x[0]).can_repeat
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    assert not ModuleInput(nn.GRU(3, 5), packed).can_repeat


def test_a_baseline_is_a_number_or_fits_the_input(x):
    source = ModuleInput(nn.GRU(3, 5, batch_first=True), x)
    assert not source.like(None).any()
    assert (source.like(0.5) == 0.5).all()
    mean = torch.arange(3.0)
    torch.testing.assert_close(source.like(mean)[1, 3], mean)
    with pytest.raises(ValueError, match=r"baseline: expected what expands to \(B, T, I\) = \(2, 4, 3\), got \(7,\)"):
        source.like(torch.zeros(7))


def test_what_is_no_sequence_is_refused(x):
    with pytest.raises(ValueError, match="inputs: expected a tensor or a PackedSequence first, got str"):
        ModuleInput(nn.GRU(3, 5), "abc")
    packed = pack_padded_sequence(torch.ones(2, 4, dtype=torch.long), LENGTHS, batch_first=True, enforce_sorted=False)
    with pytest.raises(ValueError, match="got them packed"):
        ModuleInput(nn.GRU(3, 5), packed)
