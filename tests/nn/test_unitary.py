import pytest
import torch

from recurra.nn.unitary import Unitary


def stepwise(layer, x):
    """The equations, one step after another, in complex numbers."""
    turn = torch.polar(torch.ones_like(layer.angles), layer.angles).to(torch.complex64)
    h, outputs = torch.zeros(len(x), len(turn), dtype=torch.complex64), []
    for step in range(x.shape[1]):
        real, imaginary = layer.input(torch.relu(layer.encoder(x[:, step]))).chunk(2, -1)
        h = turn * h + torch.complex(real, imaginary)
        outputs.append(torch.relu(layer.output(torch.cat([h.real, h.imag], -1))))
    return torch.stack(outputs, 1), torch.cat([h.real, h.imag], -1)


def test_outputs_and_gradients_are_those_of_its_equations():
    torch.manual_seed(1)
    layer, x = Unitary(3, 6, longest=50, state_size=5, channels=4), torch.randn(2, 40, 3, requires_grad=True)
    y, (last, state) = layer(x)
    expected, expected_state = stepwise(layer, x)
    torch.testing.assert_close(y, expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(last[0], y[:, -1])
    torch.testing.assert_close(state[0], expected_state, atol=1e-5, rtol=1e-4)
    weight = torch.randn_like(y)
    of_layer, of_equations = (torch.autograd.grad((out * weight).sum(), x)[0] for out in (y, expected))
    torch.testing.assert_close(of_layer, of_equations, atol=1e-4, rtol=1e-3)


def test_a_sequence_goes_on_from_its_state_and_ends_where_it_ends():
    torch.manual_seed(1)
    layer, x = Unitary(3, 6), torch.randn(2, 20, 3)
    whole, (_, state) = layer(x)
    first, carried = layer(x[:, :7])
    second, (_, carried_state) = layer(x[:, 7:], carried)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(carried_state, state, atol=1e-5, rtol=1e-4)
    cut, (last, _) = layer(x, lengths=torch.tensor([20, 5]))
    torch.testing.assert_close(cut[1, :5], whole[1, :5])
    assert not cut[1, 5:].any()
    torch.testing.assert_close(last[0, 1], whole[1, 4])


def test_the_last_output_alone_is_the_same():
    torch.manual_seed(1)
    layer, x, lengths = Unitary(3, 6, state_size=5, channels=4), torch.randn(2, 20, 3), torch.tensor([4, 20])
    whole = layer(x, lengths=lengths)[1]
    layer.every_step = False
    y, state = layer(x, lengths=lengths)
    assert y.shape == (2, 1, 6)
    torch.testing.assert_close(state, whole)


@pytest.mark.parametrize("distance", [10, 10_000])
def test_a_gradient_neither_vanishes_nor_explodes(distance):
    torch.manual_seed(1)
    layer = Unitary(1, 8, longest=10_000)
    start = torch.randn(1, 1, 16, requires_grad=True)
    _, (_, final) = layer(torch.zeros(1, distance, 1), (None, start))
    for unit in range(16):
        (gradient,) = torch.autograd.grad(final[0, 0, unit], start, retain_graph=True)
        assert float(gradient.norm()) == pytest.approx(1, abs=1e-4)


def test_angles_reach_from_none_to_half_a_turn():
    angles = Unitary(1, 400, longest=1000).angles
    assert angles[0] == 0
    assert angles[1:].min() < 0.02
    assert 3 < angles.max() <= torch.pi
