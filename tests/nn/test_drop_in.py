"""What programs written for torch.nn's recurrent layers do to a layer beyond calling it, done to recurra.nn's."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from recurra.kernels import compiled
from recurra.nn import GRU, LSTM, RNN

PAIRS = {"rnn": (RNN, nn.RNN), "lstm": (LSTM, nn.LSTM), "gru": (GRU, nn.GRU)}
PLAIN = {"layer_norm": {"layer_norm": True}, "zoneout": {"zoneout": 0.1}}


def _pair(kind, *sizes, **more):
    ours, theirs = PAIRS[kind]
    layer, other = ours(*sizes, **more), theirs(*sizes, **more)
    other.load_state_dict(layer.state_dict())
    return layer, other


def _parts(value):
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [part for one in value for part in _parts(one)]


# --- batches of nothing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"bidirectional": True, "num_layers": 2}, {"batch_first": True}], ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_a_batch_of_nothing_is_torchs(kind, more):
    layer, other = _pair(kind, 3, 4, **more)
    x = torch.zeros((0, 5, 3) if "batch_first" in more else (5, 0, 3))
    found, expected = _parts(layer(x)), _parts(other(x))
    assert [part.shape for part in found] == [part.shape for part in expected]
    states = expected[1:] if kind == "lstm" else expected[1]
    assert [part.shape for part in _parts(layer(x, states))] == [part.shape for part in found]
    x.requires_grad_()
    layer(x)[0].sum().backward()
    assert x.grad.shape == x.shape
    assert not any(weight.grad.any() for weight in layer.parameters() if weight.grad is not None)
    with torch.no_grad():
        assert layer(x)[0].shape == expected[0].shape


@pytest.mark.parametrize("settings", PLAIN.values(), ids=PLAIN)
def test_a_batch_of_nothing_serves_layers_in_plain_torch_too(settings):
    layer = LSTM(3, 4, **settings)
    y, (h, c) = layer(torch.zeros(5, 0, 3))
    assert (y.shape, h.shape, c.shape) == ((5, 0, 4), (1, 0, 4), (1, 0, 4))


def test_a_batch_of_nothing_has_no_lengths_no_symbols_and_steps_on():
    layer = GRU(3, 4)
    assert layer(torch.zeros(5, 0, 3), lengths=torch.zeros(0, dtype=torch.int64))[0].shape == (5, 0, 4)
    symbols = torch.zeros(5, 0, dtype=torch.int64)
    assert layer(symbols, embedding=torch.randn(7, 3))[0].shape == (5, 0, 4)
    assert layer.trace(torch.zeros(5, 0, 3))["r_l0"].shape == (5, 0, 4)
    for context in (torch.no_grad, torch.enable_grad):
        with context():
            y, state = layer.step(torch.zeros(0, 3))
            assert layer.step(torch.zeros(0, 3), state)[0].shape == y.shape == (0, 4)


def test_no_steps_are_refused():
    with pytest.raises(ValueError, match="expected at least one step, got shape"):
        LSTM(3, 4)(torch.zeros(0, 2, 3))


# --- results changed in place -----------------------------------------------------------------------------------------


def _forms(x):
    yield "padded", x
    yield "one sequence", x[:, 0]
    yield "packed", pack_padded_sequence(x, torch.tensor([5, 3]))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", PAIRS)
def test_results_may_be_changed_in_place_before_the_gradients(kind, training):
    torch.manual_seed(1)
    layer, other = _pair(kind, 3, 4, 2, bidirectional=True)
    for name, x in _forms(torch.randn(5, 2, 3)):
        found = []
        for one in (layer.train(training), other.train(training)):
            output, *states = _parts(one(x))
            total = torch.relu_(output).square().sum() + sum(state.mul_(2).sum() for state in states)
            found.append(torch.autograd.grad(total, list(one.parameters())))
        torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("settings", [{"residual": True}, {"checkpoint_every": 2}, *PLAIN.values()], ids=str)
def test_results_of_other_settings_may_be_changed_in_place_too(settings):
    torch.manual_seed(1)
    layer, x = LSTM(4, 4, **settings).eval(), torch.randn(5, 2, 4)
    given = [x, layer(x)[0].relu(), torch.relu_(layer(x)[0])]
    found = [torch.autograd.grad(y.square().sum(), list(layer.parameters())) for y in given[1:]]
    torch.testing.assert_close(*found)


def test_a_step_may_be_changed_in_place():
    layer, x = GRU(3, 4), torch.randn(2, 3)
    found = []
    for change in (torch.relu, torch.relu_):
        y, _ = layer.step(x)
        found.append(torch.autograd.grad(change(y).square().sum(), list(layer.parameters())))
    torch.testing.assert_close(*found)


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.int64, torch.complex64], ids=str)
@pytest.mark.parametrize("settings", [{}, {"layer_norm": True}], ids=["kernels", "plain torch"])
@pytest.mark.parametrize("kind", PAIRS)
def test_another_type_than_the_weights_is_named_with_theirs(kind, settings, dtype):
    layer = PAIRS[kind][0](3, 4, **settings)
    x = torch.ones(5, 2, 3, dtype=dtype)
    told = f"expected torch.float32, as the weights are, got {dtype}"
    with pytest.raises(ValueError, match=f"input: {told}"):
        layer(x)
    for context in (torch.no_grad, torch.enable_grad):
        with context(), pytest.raises(ValueError, match=f"step: {told}"):
            layer.step(x[0])


@pytest.mark.parametrize("kind", PAIRS)
def test_a_state_of_another_type_is_named(kind):
    layer = PAIRS[kind][0](3, 4)
    state = torch.zeros(1, 2, 4, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"expected torch\.float32, as the input is, got torch\.float64"):
        layer(torch.ones(5, 2, 3), (state, state) if kind == "lstm" else state)


def test_autocast_takes_what_it_brings_to_one_type():
    layer, other = _pair("lstm", 3, 4)
    x = torch.randn(5, 2, 3).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(layer(x)[0], other(x)[0].float(), rtol=0, atol=0.02)


# --- packed sequences by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"bidirectional": True, "num_layers": 2}, {"layer_norm": True}], ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_batch_sizes_of_any_type_and_order_in_memory_are_read(kind, settings):
    torch.manual_seed(1)
    layer = PAIRS[kind][0](3, 4, **settings)
    packed = pack_padded_sequence(torch.randn(5, 3, 3), torch.tensor([5, 3, 1]))
    sizes = packed.batch_sizes
    strided = torch.stack([sizes, torch.full_like(sizes, 99)], 1)[:, 0]
    for context in (torch.no_grad, torch.enable_grad):
        with context():
            expected = layer(packed)[0].data
            for other in (sizes.int(), sizes.short(), strided, strided.int()):
                assert torch.equal(layer(PackedSequence(packed.data, other))[0].data, expected)


@pytest.mark.parametrize("sizes", [[3, 3, 2, 1, 1], [3, 2, 2, -1, 3], [2, 3, 2, 1, 1], [3, 2, 2], [99, 1, 1]], ids=str)
def test_batch_sizes_that_are_not_those_of_the_rows_are_refused(sizes):
    rows = torch.randn(9, 3)
    for settings in ({}, {"layer_norm": True}):
        with pytest.raises((ValueError, RuntimeError)):
            LSTM(3, 4, **settings)(PackedSequence(rows, torch.tensor(sizes)))


@pytest.mark.parametrize("kind", PAIRS)
def test_what_is_negated_lazily_is_read_as_what_it_is(kind):
    torch.manual_seed(1)
    layer, other = _pair(kind, 3, 4)
    x = torch._neg_view(torch.randn(5, 2, 3))
    state = torch._neg_view(torch.randn(1, 2, 4))
    given = (state, state) if kind == "lstm" else state
    torch.testing.assert_close(layer(x, given), other(x, given))
    with torch.no_grad():
        torch.testing.assert_close(layer.step(x[0], given)[0], other(x[:1], given)[0][0])
        layer.weight_hh_l0.data = torch._neg_view(layer.weight_hh_l0.data)
        other.weight_hh_l0.data = -other.weight_hh_l0.data
        torch.testing.assert_close(layer(x, given), other(x, given))
        torch.testing.assert_close(layer.step(x[0], given)[0], other(x[:1], given)[0][0])


# --- what is asked of a layer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{}, {"bidirectional": True, "num_layers": 2}, {"bias": False}], ids=str)
@pytest.mark.parametrize("kind", PAIRS)
def test_it_answers_as_torchs_layers_do(kind, more):
    layer, other = _pair(kind, 3, 4, **more)
    names = ["mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional"]
    for name in [*names, "proj_size", "_flat_weights_names", "_all_weights"]:
        assert getattr(layer, name) == getattr(other, name), name
    assert layer._flat_weights == [getattr(layer, name) for name in layer._flat_weights_names]
    assert [[w.shape for w in own] for own in layer.all_weights] == [
        [w.shape for w in own] for own in other.all_weights
    ]


def test_the_mode_of_a_rectifier_and_of_another_cell():
    assert RNN(3, 4, nonlinearity="relu").mode == nn.RNN(3, 4, nonlinearity="relu").mode == "RNN_RELU"
    assert LSTM(3, 4, proj_size=2)._flat_weights_names == nn.LSTM(3, 4, proj_size=2)._flat_weights_names


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("kind", PAIRS)
def test_a_traced_layer_gives_gradients(kind):
    torch.manual_seed(1)
    layer, other = _pair(kind, 3, 4, 2, bidirectional=True)
    traced = torch.jit.trace(layer, torch.randn(5, 2, 3))
    x = torch.randn(5, 2, 3)
    found = []
    for one in (traced, other):
        leaf = x.clone().requires_grad_()
        output, *states = _parts(one(leaf))
        total = output.square().sum() + sum(state.sum() for state in states)
        found.append(torch.autograd.grad(total, [leaf, *one.parameters()]))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "bidirectional": True}], ids=["one", "two"])
def test_an_lstm_compiled_by_torch_runs_under_autocast(settings, gradients):
    torch._dynamo.reset()
    layer, x = LSTM(3, 4, **settings), torch.randn(5, 2, 3)
    run = torch.compile(layer, backend="aot_eager")
    found = []
    for one in (run, layer):
        with torch.set_grad_enabled(gradients), torch.autocast("cpu", torch.bfloat16):
            y, _ = one(x)
        found.append([y, *(torch.autograd.grad(y.float().sum(), list(layer.parameters())) if gradients else [])])
    torch.testing.assert_close(*found)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_an_lstm_compiled_by_torch_learns_without_kernels(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", None)
    torch._dynamo.reset()
    layer, x = LSTM(3, 4), torch.randn(5, 2, 3)
    run = torch.compile(layer, backend="aot_eager")
    found = [torch.autograd.grad(one(x)[0].square().sum(), list(layer.parameters())) for one in (run, layer)]
    torch.testing.assert_close(*found)


# --- one tensor in two places -----------------------------------------------------------------------------------------


def _twice(function, leaf):
    """The gradient of a function by a leaf, and the gradient of its square."""
    (gradient,) = torch.autograd.grad(function(), leaf, create_graph=True)
    (again,) = torch.autograd.grad(gradient.square().sum(), leaf)
    return gradient.detach(), again


@pytest.mark.parametrize("kind", PAIRS)
def test_gradients_of_gradients_count_a_tied_weight_once(kind):
    torch.manual_seed(1)
    layer, other = _pair(kind, 4, 4, bidirectional=True, bias=False)
    x, found = torch.randn(5, 2, 4), []
    for one in (layer, other):
        one.weight_hh_l0_reverse = one.weight_hh_l0
        found.append(_twice(lambda one=one: one(x)[0].square().sum(), one.weight_hh_l0))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", PAIRS)
def test_gradients_of_gradients_count_a_state_made_of_the_input_once(kind):
    torch.manual_seed(1)
    layer, other = _pair(kind, 4, 4)
    first, found = torch.randn(1, 2, 4, requires_grad=True), []
    for one in (layer, other):
        state = torch.tanh(first)
        given = (state, state) if kind == "lstm" else state
        found.append(_twice(lambda one=one, given=given: one(first.expand(5, 2, 4), given)[0].sum(), first))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


def test_outputs_that_nobody_changes_need_no_copy():
    layer, x = nn.LSTM(3, 4), torch.randn(5, 2, 3)
    expected = torch.autograd.grad(layer(x)[0].sum(), list(layer.parameters()))
    layer.copies_output = False
    gradients = torch.autograd.grad(layer(x)[0].sum(), list(layer.parameters()))
    assert all(map(torch.equal, gradients, expected))
