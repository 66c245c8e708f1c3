import pytest
import torch
from torch import nn

from recurra.nn.encoders import TemporalBlock, TemporalConv
from recurra.nn.encoders.temporal import reduced_lengths


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_causal_one_reads_no_later_step_and_the_other_as_many_as_before(stride):
    torch.manual_seed(1)
    x = torch.randn(1, 12, 4, requires_grad=True)
    for causal, reach in ((True, range(-4, 1)), (False, range(-2, 3))):
        y, _ = TemporalConv(4, 6, 5, stride, causal)(x)
        assert y.shape == (1, -(-12 // stride), 6)
        (gradient,) = torch.autograd.grad(y[0, 2].sum(), x)
        read = gradient[0].abs().sum(-1).nonzero().flatten().tolist()
        assert read == [step for step in (2 * stride + offset for offset in reach) if 0 <= step < 12]


def test_it_is_the_convolution():
    torch.manual_seed(1)
    layer, x = TemporalConv(4, 6, 3, causal=False), torch.randn(2, 7, 4)
    expected = nn.functional.conv1d(x.transpose(1, 2), layer.conv.weight, padding=1).transpose(1, 2)
    torch.testing.assert_close(layer(x)[0], expected)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_sequence_in_a_batch_is_as_alone(causal, stride):
    torch.manual_seed(1)
    block = TemporalBlock(4, 4, 5, stride, causal).eval()
    x, lengths = torch.randn(2, 9, 4), torch.tensor([9, 5])
    x[1, 5:] = 0
    y, reduced = block(x, lengths)
    alone, _ = block(x[1:, :5])
    assert reduced.tolist() == [-(-9 // stride), -(-5 // stride)] == [y.shape[1], alone.shape[1]]
    torch.testing.assert_close(y[1, : alone.shape[1]], alone[0])
    assert not y[1, alone.shape[1] :].any()


def test_the_input_is_added_where_the_shapes_agree():
    torch.manual_seed(1)
    x = torch.randn(2, 6, 4)
    block = TemporalBlock(4, 4, 3)
    block.norm.norm.weight.data.zero_()
    torch.testing.assert_close(block(x)[0], x)
    assert not TemporalBlock(4, 5, 3).residual
    assert not TemporalBlock(4, 4, 3, stride=2).residual


def test_dropout_takes_a_feature_of_a_sequence_at_all_steps():
    torch.manual_seed(1)
    block = TemporalBlock(4, 64, 3, dropout=0.5)
    block.norm.norm.bias.data.fill_(10.0)
    gone = block(torch.randn(2, 6, 4))[0] == 0
    assert 0.3 < gone.float().mean() < 0.7
    assert (gone.all(1) | ~gone.any(1)).all()


def test_lengths_are_rounded_up():
    assert reduced_lengths(torch.tensor([1, 2, 3, 4]), 2).tolist() == [1, 1, 2, 2]
    assert reduced_lengths(None, 2) is None


def test_an_even_kernel_has_no_middle():
    with pytest.raises(ValueError, match="kernel_size: expected an odd number"):
        TemporalConv(4, 6, 4, causal=False)
