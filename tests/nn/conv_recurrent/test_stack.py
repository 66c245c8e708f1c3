import pytest
import torch
from torch.nn import functional as F

from recurra.nn import ConvGRU, ConvLSTM

LAYERS = {"lstm": ConvLSTM, "gru": ConvGRU}


@pytest.fixture(params=LAYERS)
def kind(request):
    torch.manual_seed(5)
    return LAYERS[request.param]


def same(x, weight):
    """Padded with zeros so that a convolution keeps the size, an odd one at the end."""
    height, width = (size - 1 for size in weight.shape[-2:])
    return F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))


def loop(layer, x, states, number=0, suffix="", reverse=False, **input_convolution):
    """The layer of the two papers, frame by frame: x (T, B, I, H, W), states (B, C, H, W)."""
    weights = [layer.get_parameter(f"{name}_l{number}{suffix}") for name in ("weight_ih", "weight_hh")]
    biases = [layer.get_parameter(f"{name}_l{number}{suffix}") for name in ("bias_ih", "bias_hh")]
    outputs = []
    for frame in reversed(x.unbind()) if reverse else x.unbind():
        u = F.conv2d(frame, weights[0], biases[0], **input_convolution)
        v = F.conv2d(same(states[0], weights[1]), weights[1], biases[1])
        if isinstance(layer, ConvLSTM):
            i, f, g, o = (u + v).chunk(4, 1)
            c = f.sigmoid() * states[1] + i.sigmoid() * g.tanh()
            states = o.sigmoid() * c.tanh(), c
        else:
            (r, z, n), (r2, z2, n2) = u.chunk(3, 1), v.chunk(3, 1)
            z = (z + z2).sigmoid()
            n = (n + (r + r2).sigmoid() * n2).tanh()
            states = ((1 - z) * n + z * states[0],)
        outputs.append(states[0])
    return torch.stack(outputs[::-1] if reverse else outputs), states


def zeros(layer, batch, height, width):
    shape = batch, layer.hidden_channels, height, width
    return tuple(torch.zeros(shape, dtype=layer.weight_ih_l0.dtype) for _ in layer.state_names)


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def test_a_stack_in_two_directions_is_loops_in_plain_torch(kind):
    layer = kind(3, 5, 3, num_layers=2, bidirectional=True)
    x = torch.randn(4, 2, 3, 6, 7)
    y, state = layer(x)
    below, expected_states = x, []
    for number in range(2):
        both = [
            loop(layer, below, zeros(layer, 2, 6, 7), number, suffix, bool(suffix), padding=1)
            for suffix in ("", "_reverse")
        ]
        below = torch.cat([outputs for outputs, _ in both], 2)
        expected_states += [states for _, states in both]
    torch.testing.assert_close(y, below, rtol=1e-5, atol=1e-5)
    for part, *expected in zip(as_tuple(state), *expected_states, strict=True):
        assert part.shape == (4, 2, 5, 6, 7)
        torch.testing.assert_close(part, torch.stack(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "plain"),
    [
        ({"stride": 2, "padding": 1}, {"stride": 2, "padding": 1}),
        ({"stride": (1, 2), "padding": "valid"}, {"stride": (1, 2)}),
        ({"padding": (0, 2), "dilation": 2}, {"padding": (0, 2), "dilation": 2}),
        ({"padding": "same", "dilation": (1, 3)}, {"padding": "same", "dilation": (1, 3)}),
    ],
)
def test_stride_padding_and_dilation_are_those_of_the_input_convolution(kind, settings, plain):
    layer = kind(2, 3, (3, 5), **settings)
    x = torch.randn(3, 2, 2, 9, 14)
    y, state = layer(x)
    height, width = layer.output_size(9, 14)
    expected, final = loop(layer, x, zeros(layer, 2, height, width), **plain)
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(as_tuple(state)[0][0], final[0], rtol=1e-5, atol=1e-5)


def test_even_kernels_keep_the_size(kind):
    layer = kind(2, 3, (2, 4))
    x = torch.randn(3, 2, 2, 5, 6)
    expected, _ = loop(layer, F.pad(x, (1, 2, 0, 1)), zeros(layer, 2, 5, 6))
    torch.testing.assert_close(layer(x)[0], expected, rtol=1e-5, atol=1e-5)


def test_batch_first_and_a_single_sequence_are_the_same_numbers(kind):
    layer, first = kind(2, 4, 3, num_layers=2), kind(2, 4, 3, num_layers=2, batch_first=True)
    first.load_state_dict(layer.state_dict())
    x = torch.randn(5, 3, 2, 6, 6)
    y, state = layer(x)
    other, state_of_other = first(x.transpose(0, 1))
    torch.testing.assert_close(other.transpose(0, 1), y, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(state_of_other, state, rtol=1e-5, atol=1e-6)
    alone, state_of_one = layer(x[:, 1])
    torch.testing.assert_close(alone, y[:, 1], rtol=1e-5, atol=1e-5)
    for part, whole in zip(as_tuple(state_of_one), as_tuple(state), strict=True):
        torch.testing.assert_close(part, whole[:, 1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_each_of_unequal_sequences_is_as_it_is_alone(kind, bidirectional):
    layer = kind(2, 4, 3, num_layers=2, bidirectional=bidirectional, batch_first=True, stride=2)
    x = torch.randn(4, 6, 2, 8, 8, requires_grad=True)
    lengths = torch.tensor([3, 6, 1, 3])
    y, state = layer(x, lengths=lengths)
    assert y.shape == (4, 6, 4 * (1 + bidirectional), 4, 4)
    y.square().sum().backward()
    gradient, x.grad = x.grad, None
    for n, length in enumerate(lengths):
        alone, state_of_one = layer(x[n, :length])
        torch.testing.assert_close(y[n, :length], alone, rtol=1e-5, atol=1e-5)
        assert not y[n, length:].any()
        for part, whole in zip(as_tuple(state_of_one), as_tuple(state), strict=True):
            torch.testing.assert_close(part, whole[:, n], rtol=1e-5, atol=1e-5)
        alone.square().sum().backward()
    torch.testing.assert_close(gradient, x.grad, rtol=1e-4, atol=1e-4)
    assert not gradient[2, 1:].any()


def test_the_reversed_direction_is_the_forward_one_on_reversed_frames(kind):
    layer = kind(2, 4, 3, bidirectional=True)
    weights = {name.removesuffix("_reverse"): w for name, w in layer.named_parameters() if name.endswith("_reverse")}
    forward = kind(2, 4, 3)
    forward.load_state_dict(weights)
    x = torch.randn(5, 2, 2, 6, 6)
    torch.testing.assert_close(layer(x)[0][:, :, 4:], forward(x.flip(0))[0].flip(0), rtol=1e-5, atol=1e-5)


def test_steps_and_pieces_are_the_whole(kind):
    layer = kind(2, 4, 3, num_layers=2, dropout=0.5, stride=2).eval()
    x = torch.randn(6, 3, 2, 8, 8)
    y, state = layer(x)
    assert as_tuple(state)[0].shape == (2, 3, 4, 4, 4)
    first, between = layer(x[:2])
    rest, after = layer(x[2:], between)
    torch.testing.assert_close(torch.cat([first, rest]), y, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(after, state, rtol=1e-5, atol=1e-5)
    layer.train()  # which a stream does not heed
    carried, outputs = None, []
    for frame in x:
        output, carried = layer.step(frame, carried)
        outputs.append(output)
    torch.testing.assert_close(torch.stack(outputs), y, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(carried, state, rtol=1e-5, atol=1e-5)
    single, state_of_one = layer.step(x[0, 1])
    torch.testing.assert_close(single, y[0, 1], rtol=1e-5, atol=1e-5)
    assert as_tuple(state_of_one)[0].shape == (2, 4, 4, 4)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_gradients_by_finite_differences(kind, bidirectional):
    layer = kind(2, 2, (3, 2), bidirectional=bidirectional, stride=(2, 1), dtype=torch.float64)
    x = torch.randn(3, 2, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    parts = [torch.randn(1 + bidirectional, 2, 2, 2, 2, dtype=torch.float64, requires_grad=True)]
    parts *= len(layer.state_names)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, *tensors):
        state = tensors[: len(parts)] if len(parts) == 2 else tensors[0]
        weights = dict(zip(names, tensors[len(parts) :], strict=True))
        y, final = torch.func.functional_call(layer, weights, (x, state), {"lengths": torch.tensor([2, 3])})
        return y, *as_tuple(final)

    assert torch.autograd.gradcheck(run, (x, *parts, *layer.parameters()))


def test_dropout_drops_between_layers_only_in_training(kind):
    x = torch.randn(3, 2, 2, 6, 6)
    one, two = kind(2, 4, 3, dropout=0.9), kind(2, 4, 3, num_layers=2, dropout=0.9)
    torch.testing.assert_close(one(x)[0], one.eval()(x)[0])
    dropped = two(x)[0]
    assert (dropped - two.eval()(x)[0]).abs().max() > 1e-3


def test_compiled_and_exported_programs_give_the_same(kind):
    layer = kind(2, 3, 3, num_layers=2, bidirectional=True)
    x = torch.randn(3, 2, 2, 5, 6)
    expected = layer(x)[0]
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x)[0], expected, rtol=1e-5, atol=1e-5)
    program = torch.export.export(layer, (x,)).module()
    torch.testing.assert_close(program(x)[0], expected, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_lengths_may_break_the_graph_of_a_compiled_layer_but_not_its_results(kind):
    layer = kind(2, 3, 3)
    x, lengths = torch.randn(3, 2, 2, 5, 6), torch.tensor([2, 3])
    compiled = torch.compile(layer, backend="eager")
    torch.testing.assert_close(compiled(x, lengths=lengths)[0], layer(x, lengths=lengths)[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "settings", "message"),
    [
        ((3, 2, 5, 6, 6), {}, r"input: expected \(T, B, 2, H, W\)"),
        ((3, 2, 6), {}, "input: expected"),
        ((3, 2, 2, 6, 6), {"lengths": torch.tensor([1, 4])}, "lengths: expected 1 to 3, got 1 to 4"),
        ((3, 2, 2, 6, 6), {"hx": torch.zeros(1, 2, 4, 6, 5)}, "state h"),
        ((0, 2, 2, 6, 6), {}, "at least one frame"),
        ((3, 2, 2, 1, 1), {}, "at least the kernel's size"),
    ],
)
def test_what_does_not_fit_is_refused(shape, settings, message):
    layer = ConvGRU(2, 4, 3, padding="valid" if shape[-1] == 1 else "same")
    with pytest.raises(ValueError, match=message):
        layer(torch.zeros(shape), **settings)


def test_what_is_no_layer_is_refused():
    with pytest.raises(ValueError, match="padding: expected"):
        ConvLSTM(2, 4, 3, padding="full")
    with pytest.raises(ValueError, match="kernel_size: expected"):
        ConvLSTM(2, 4, (3, 0))
    with pytest.raises(ValueError, match="one direction"):
        ConvLSTM(2, 4, 3, bidirectional=True).step(torch.zeros(2, 6, 6))
    with pytest.raises(ValueError, match=r"torch\.float32"):
        ConvLSTM(2, 4, 3)(torch.zeros(1, 1, 2, 4, 4, dtype=torch.float64))


def test_the_text_shows_what_differs():
    layer = ConvLSTM(2, 4, (3, 5), num_layers=2, stride=2)
    assert repr(layer) == "ConvLSTM(2, 4, kernel_size=(3, 5), num_layers=2, stride=(2, 2))"
