import pytest
import torch
from torch.nn import functional as F

from recurra.kernels import compiled, winograd
from recurra.kernels.winograd import Channels

pytestmark = pytest.mark.usefixtures("instruction_set")
SIZES = [(1, 1), (4, 4), (5, 7), (13, 6), (16, 17)]


def images(frames, height, width, channels):
    return torch.randn(frames, height, width, channels, generator=torch.Generator().manual_seed(height + width))


def convolution(x, weight, bias):
    """In double, of images with their channels last."""
    y = F.conv2d(x.movedim(-1, 1).double(), weight.double(), bias.double(), padding=1)
    return y.movedim(1, -1)


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 40), (33, 5), (16, 64)])
def test_it_is_a_convolution(height, width, inputs, outputs):
    x, weight, bias = images(3, height, width, inputs), torch.randn(outputs, inputs, 3, 3), torch.randn(outputs)
    packed = winograd.pack(weight, winograd.whole(inputs), winograd.whole(outputs))
    y = torch.full((3, height, width, outputs), torch.nan)
    winograd.convolve(x, winograd.whole(inputs), packed, bias, y, winograd.whole(outputs))
    expected = convolution(x, weight, bias)
    assert (y - expected).abs().max() < 2e-5 * expected.std().nan_to_num(1).clamp(min=1)
    winograd.convolve(x, winograd.whole(inputs), packed, None, y, winograd.whole(outputs), adds=True)
    torch.testing.assert_close(y.double(), 2 * expected - bias, rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_blocks_of_channels_are_read_and_written_where_they_lie(height, width):
    read, written = Channels((0, 2), 5, 3), Channels((3, 0, 1), 7, 4)
    x, weight, bias = images(2, height, width, 15), torch.randn(21, 10, 3, 3), torch.randn(21)
    y = torch.full((2, height, width, 28), 9.0)
    winograd.convolve(x, read, winograd.pack(weight, read, written), bias, y, written)
    expected = convolution(torch.cat([x[..., :5], x[..., 10:]], -1), weight, bias).float()
    by_block = {3: expected[..., :7], 0: expected[..., 7:14], 1: expected[..., 14:], 2: torch.tensor(9.0)}
    for block, values in by_block.items():
        part = y[..., 7 * block : 7 * block + 7]
        torch.testing.assert_close(part, values.expand_as(part), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 40), (33, 5)])
@pytest.mark.parametrize("threads", [1, 3])
def test_gradients_are_those_of_a_convolution(height, width, inputs, outputs, threads):
    torch.set_num_threads(threads)
    x, dy = images(7, height, width, inputs), torch.randn(7, height, width, outputs)
    weight, bias = torch.randn(outputs, inputs, 3, 3), torch.randn(outputs)
    of = [t.double().requires_grad_() for t in (x, weight, bias)]
    expected = torch.autograd.grad(convolution(*of), of, dy.double())
    of_weight, of_bias = winograd.gradients(x, winograd.whole(inputs), dy, winograd.whole(outputs))
    dx = torch.empty_like(x)
    packed = winograd.pack(weight, winograd.whole(outputs), winograd.whole(inputs), back=True)
    winograd.convolve(dy, winograd.whole(outputs), packed, None, dx, winograd.whole(inputs))
    for gradient, wanted in zip((dx, of_weight, of_bias), expected, strict=True):
        assert (gradient - wanted).abs().max() < 3e-5 * max(1, float(wanted.abs().max()))


def test_calls_that_cannot_be_are_refused():
    extension = compiled.extension
    good = winograd.whole(3).described()
    with pytest.raises(ValueError, match="expected 1 to 4 blocks"):
        extension.packed_points_floats([5, 3, 3, 0, 0, 0, 0], good)
    with pytest.raises(ValueError, match="expected sizes from 1"):
        extension.winograd([1, 0, 4], good, good, [0, 0, 0, 0], False, 1)
    with pytest.raises(ValueError, match="expected 4 addresses"):
        extension.winograd([1, 4, 4], good, good, [0], False, 1)
    with pytest.raises(ValueError, match="expected 4 addresses"):
        extension.winograd_gradients([1, 4, 4], good, good, [0], 1)
    with pytest.raises(ValueError, match="expected 7 addresses"):
        extension.conv_step([2, 1, 4, 4, 3], [0], 1)
    with pytest.raises(ValueError, match="at least 1"):
        extension.conv_step_backward([2, 1, 4, 0, 3], [0] * 11, 1)
    with pytest.raises(ValueError, match="cell"):
        extension.conv_step([9, 1, 4, 4, 3], [0] * 7, 1)
