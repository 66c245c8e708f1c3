import pytest
import torch

from recurra.kernels import FUSED_CELLS, compiled, conv_recurrence, conv_reference
from recurra.kernels.conv_recurrence import ConvCall, ConvWeights
from recurra.kernels.convolution import Convolution

SIZES = {"equal": [3, 3, 3, 3], "unequal": [4, 3, 3, 1, 1], "single": [2]}


class Problem:
    """A layer of 3 x 3, its frames and states; in double, its results and gradients in plain torch."""

    def __init__(self, cell, sizes, reverse, inputs, channels=6, bias=True, zero=False, convolution=None):
        torch.manual_seed(len(sizes) + inputs)
        cell = FUSED_CELLS[cell]
        self.call = ConvCall(cell, convolution or Convolution((3, 3)), sizes, reverse)
        height, width = self.call.convolution.output_size((6, 9))
        of_states = [torch.randn(sizes[0], channels, height, width) * (not zero) for _ in cell.states]
        gates = cell.gates * channels
        scale = 0.5 / (inputs + channels) ** 0.5
        weights = [scale * torch.randn(gates, inputs, 3, 3), scale * torch.randn(gates, channels, 3, 3)]
        biases = [torch.randn(gates), torch.randn(gates)] if bias else [None, None]
        x = torch.randn(sum(sizes), inputs, 6, 9)
        self.tensors = [x, *weights, *biases, *of_states]

    def copies(self, dtype):
        return [None if t is None else t.to(dtype, copy=True).requires_grad_() for t in self.tensors]

    def run(self, tensors):
        x, w_ih, w_hh, b_ih, b_hh, *states = tensors
        return conv_recurrence.sequence(self.call, x, ConvWeights(w_ih, w_hh, b_ih, b_hh), tuple(states))

    def differentiate(self, dtype, of_finals=True):
        tensors = self.copies(dtype)
        y, finals = self.run(tensors)
        torch.manual_seed(7)
        loss = (y * torch.randn(y.shape).to(dtype)).sum()
        for final in finals if of_finals else ():
            loss = loss + (final * torch.randn(final.shape).to(dtype)).sum()
        asked = [t for t in tensors if t is not None]
        return [y, *finals], torch.autograd.grad(loss, asked, allow_unused=True)

    def hold(self, **settings):
        results, gradients = self.differentiate(torch.float32, **settings)
        expected, of_expected = self.differentiate(torch.float64, **settings)
        for got, exact in zip(results, expected, strict=True):
            torch.testing.assert_close(got.double(), exact, rtol=1e-5, atol=1e-5)
        for got, exact in zip(gradients, of_expected, strict=True):
            assert (got.double() - exact).abs().max() <= 1e-5 * max(1.0, float(exact.abs().max()))


@pytest.mark.parametrize("cell", FUSED_CELLS)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("inputs", [2, 19])  # few, which torch convolves, and enough
def test_it_is_the_loop_in_plain_torch(cell, sizes, reverse, inputs, instruction_set):
    Problem(cell, sizes, reverse, inputs).hold()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_without_bias_from_zero_and_of_outputs_alone(cell):
    Problem(cell, [2, 2, 2], False, 19, bias=False, zero=True).hold()
    Problem(cell, [3, 2, 2], True, 19, zero=True).hold(of_finals=False)
    Problem(cell, [3, 2, 2], False, 19, channels=35).hold()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_other_convolutions_of_the_input_are_torchs(cell):
    Problem(cell, [2, 2, 2], False, 19, convolution=Convolution((3, 3), stride=(2, 1))).hold()
    Problem(cell, [2, 2, 2], False, 19, convolution=Convolution((3, 3), padding=(1, 1))).hold()


def test_threads_change_nothing():
    problem = Problem("lstm", [5, 4, 4], False, 19)
    torch.set_num_threads(1)
    expected, _ = problem.differentiate(torch.float32)
    torch.set_num_threads(3)
    results, _ = problem.differentiate(torch.float32)
    for got, alone in zip(results, expected, strict=True):
        assert torch.equal(got, alone)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("inputs", [2, 19])
def test_the_compiled_path_runs_and_gives_second_gradients(cell, inputs, monkeypatch):
    if not compiled.enabled():
        pytest.skip(compiled.why_not())
    problem = Problem(cell, [2, 1], False, inputs)

    def second(dtype):
        tensors = problem.copies(dtype)
        y, _ = problem.run(tensors)
        of_x, of_weight = torch.autograd.grad(y.square().sum(), [tensors[0], tensors[2]], create_graph=True)
        return torch.autograd.grad(of_x.square().sum() + of_weight.sum(), [t for t in tensors[:5] if t is not None])

    expected = second(torch.float64)
    plain = conv_reference.sequence
    calls = []
    monkeypatch.setattr(conv_reference, "sequence", lambda *args: calls.append(1) or plain(*args))
    first = problem.run(problem.copies(torch.float32))
    assert not calls
    assert first[0].grad_fn is not None
    for got, exact in zip(second(torch.float32), expected, strict=True):
        assert (got.double() - exact).abs().max() <= 1e-4 * max(1.0, float(exact.abs().max()))
    assert calls


def test_only_what_is_asked_for_is_computed():
    problem = Problem("lstm", [2, 2], False, 19)
    tensors = [t.clone() for t in problem.tensors]
    tensors[2].requires_grad_()
    y, _ = problem.run(tensors)
    y.sum().backward()
    assert tensors[2].grad is not None
    assert all(t.grad is None for n, t in enumerate(tensors) if n != 2)
    with torch.no_grad():
        assert not problem.run(tensors)[0].requires_grad


def test_gradients_may_be_taken_twice_over_one_graph():
    problem = Problem("gru", [3, 1], True, 19)
    tensors = problem.copies(torch.float32)
    y, _ = problem.run(tensors)
    first = torch.autograd.grad(y.sum(), tensors, retain_graph=True)
    second = torch.autograd.grad(y.sum(), tensors)
    for one, two in zip(first, second, strict=True):
        torch.testing.assert_close(one, two)
