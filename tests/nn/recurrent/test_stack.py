"""The recurrent layer, held to torch.nn's where that has the same, and to hand-written loops where it has not."""

import copy
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurra import kernels
from recurra.kernels import reference
from recurra.nn import GRU, LSTM, RNN, Cell, GRUCell, LSTMCell, Recurrent
from recurra.nn.cells import CELLS

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]

KINDS = ("rnn", "relu", "lstm", "gru")
PATHS = ("fused", "stepwise")
OURS = {"rnn": RNN, "relu": partial(RNN, nonlinearity="relu"), "lstm": LSTM, "gru": GRU}
TORCHS = {
    "rnn": torch.nn.RNN,
    "relu": partial(torch.nn.RNN, nonlinearity="relu"),
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}
PLAIN = {kind: type("Plain" + cell.__name__, (cell,), {}) for kind, cell in CELLS.items()}
"""The same equations under another name, for which PyTorch has no function: they take the stepwise path."""

TOLERANCE = {torch.float64: {"rtol": 1e-10, "atol": 1e-10}, torch.float32: {"rtol": 1e-5, "atol": 1e-5}}


class MinimalGated(Cell):
    """A cell of a user's own: a memory m of its own, and a parameter that no layer knows of."""

    gates = ("f", "n")
    states = ("h", "m")

    def __init__(self, hidden_size, *, layer_norm=False):
        super().__init__(hidden_size, layer_norm=layer_norm)
        self.peep = torch.nn.Parameter(torch.full((hidden_size,), 0.5))

    def forward(self, x, u, state):
        f = torch.sigmoid(x["f"] + u["f"] + self.peep * state["m"])
        n = torch.tanh(x["n"] + f * u["n"])
        m = (1 - f) * state["m"] + f * n
        h = torch.tanh(m)
        return {"f": f, "n": n, "m": m, "h": h}


def _layer(kind, path, *args, **more):
    if path == "fused":
        return OURS[kind](*args, **more)
    return Recurrent(PLAIN[kind], *args, **more)


def _parts(state):
    return state if isinstance(state, tuple) else (state,)


def _state(layer, size, dtype=torch.float64):
    """A state to start from, drawn from torch's generator."""
    count = layer.num_layers * (2 if layer.bidirectional else 1)
    widths = [layer.proj_size or layer.hidden_size, layer.hidden_size]
    names = layer.state_names if isinstance(layer, Recurrent) else "hc"[: 1 + isinstance(layer, torch.nn.LSTM)]
    parts = [torch.randn(count, size, width, dtype=dtype) for width in widths[: len(names)]]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _results(layer, x, hx=None, give=lambda x: x, **more):
    """Outputs, final states, and the gradient of a weighted sum of both by everything there is."""
    leaves = {"x": x} | {f"hx{n}": part for n, part in enumerate(() if hx is None else _parts(hx))}
    leaves = {name: leaf.detach().requires_grad_() for name, leaf in leaves.items()}
    started = None if hx is None else tuple(leaf for name, leaf in leaves.items() if name != "x")
    leaves |= dict(layer.named_parameters())
    output, state = layer(give(leaves["x"]), started[0] if started and len(started) == 1 else started, **more)
    output = output.data if isinstance(output, PackedSequence) else output
    values = {"output": output} | {f"state{n}": part for n, part in enumerate(_parts(state))}
    total = sum((v * torch.arange(v.numel(), dtype=v.dtype).cos().view_as(v)).sum() for v in values.values())
    grads = torch.autograd.grad(total, list(leaves.values()))
    return values | {"gradient of " + name: grad for name, grad in zip(leaves, grads, strict=True)}


def _close(found, expected, dtype=torch.float64):
    assert found.keys() == expected.keys()
    torch.testing.assert_close(found, expected, **TOLERANCE[dtype])


# --- in place of torch.nn's layers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "settings"),
    [
        (LSTM, torch.nn.LSTM, (5, 4, 2, False, True, 0.25, True, 3)),
        (LSTM, torch.nn.LSTM, (5, 4, 1, True, False, 0.0, False, 0, "cpu", torch.float64)),
        (GRU, torch.nn.GRU, (5, 4, 2, False, True, 0.25, True)),
        (RNN, torch.nn.RNN, (5, 4, 2, "relu", False, True, 0.25, True)),
        (RNN, torch.nn.RNN, (5, 4)),
    ],
)
def test_arguments_come_in_torchs_order_and_mean_the_same(ours, theirs, settings):
    layer, model = ours(*settings), theirs(*settings)
    shared = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional", "proj_size")
    assert [getattr(layer, name) for name in shared] == [getattr(model, name) for name in shared]
    kinds = [{name: (p.shape, p.dtype) for name, p in one.named_parameters()} for one in (layer, model)]
    assert kinds[0] == kinds[1]
    assert list(layer.state_dict()) == list(model.state_dict())


@pytest.mark.parametrize("more", [{}, {"bias": False}, {"bidirectional": True, "num_layers": 2}], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_weights_start_as_torchs_do_from_the_same_seed_and_load_both_ways(kind, more):
    models = []
    for make in (OURS[kind], TORCHS[kind]):
        torch.manual_seed(5)
        models.append(make(3, 4, **more))
        torch.manual_seed(6)
        models.append(make(3, 4, **more))
    layer, other, model, another = models
    assert all(torch.equal(layer.state_dict()[name], value) for name, value in model.state_dict().items())
    layer.load_state_dict(another.state_dict())
    model.load_state_dict(other.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(layer(x), another(x))
    torch.testing.assert_close(model(x), other(x))


def test_a_projected_lstm_starts_and_loads_as_torchs_too():
    torch.manual_seed(5)
    layer = LSTM(3, 4, 2, proj_size=2, bidirectional=True)
    torch.manual_seed(5)
    model = torch.nn.LSTM(3, 4, 2, proj_size=2, bidirectional=True)
    assert all(torch.equal(layer.state_dict()[name], value) for name, value in model.state_dict().items())
    model.load_state_dict(layer.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(layer(x), model(x))


@st.composite
def _cases(draw):
    kind = draw(st.sampled_from(KINDS))
    hidden = draw(st.integers(1, 20))
    more = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    if kind == "lstm" and hidden > 1:
        more["proj_size"] = draw(st.integers(0, hidden - 1))
    form = draw(st.sampled_from(["batch", "one sequence", "packed", "packed in any order"]))
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=5))
    started, training, seed = draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 99))
    return kind, draw(st.integers(1, 20)), hidden, more, form, lengths, started, training, seed


@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("path", PATHS)
@settings(deadline=None, max_examples=100)
@given(case=_cases())
def test_outputs_states_and_all_gradients_are_torchs(path, dtype, case):
    kind, input_size, hidden, more, form, lengths, started, training, seed = case
    torch.manual_seed(seed)
    model = TORCHS[kind](input_size, hidden, dtype=dtype, **more).train(training)
    layer = _layer(kind, path, input_size, hidden, dtype=dtype, **more).train(training)
    layer.load_state_dict(model.state_dict())
    size = 1 if form == "one sequence" else len(lengths)
    shape = (size, max(lengths)) if more["batch_first"] else (max(lengths), size)
    x, hx = torch.randn(*shape, input_size, dtype=dtype), _state(model, size, dtype) if started else None
    give = lambda x: x  # noqa: E731
    if form == "one sequence":
        x = x.squeeze(0 if more["batch_first"] else 1)
        hx = None if hx is None else tuple(part.squeeze(1) for part in _parts(hx))
        hx = hx[0] if hx is not None and len(hx) == 1 else hx
    elif form.startswith("packed"):
        lengths = sorted(lengths, reverse=True) if form == "packed" else lengths
        order = {"batch_first": more["batch_first"], "enforce_sorted": form == "packed"}
        give = partial(pack_padded_sequence, lengths=torch.tensor(lengths), **order)
    _close(_results(layer, x, hx, give), _results(model, x, hx, give), dtype)


@pytest.mark.parametrize("form", ["batch", "packed"])
@pytest.mark.parametrize("dtype", TOLERANCE, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_dropout_between_layers_draws_as_torchs_does(kind, dtype, form):
    torch.manual_seed(1)
    more = {"num_layers": 3, "dropout": 0.4, "bidirectional": True, "dtype": dtype}
    layer, model = OURS[kind](3, 8, **more), TORCHS[kind](3, 8, **more)
    model.load_state_dict(layer.state_dict())
    x = torch.randn(6, 4, 3, dtype=dtype)
    give = partial(pack_padded_sequence, lengths=torch.tensor([6, 4, 3, 1])) if form == "packed" else lambda x: x
    results = []
    for one in (layer, model):
        torch.manual_seed(2)
        results.append(_results(one, x, None, give))
    _close(*results, dtype)
    assert not torch.equal(_results(layer, x, None, give)["output"], results[0]["output"])
    _close(_results(layer.eval(), x, None, give), _results(model.eval(), x, None, give), dtype)


@pytest.mark.parametrize("path", PATHS)
def test_a_model_learns_the_same_weights_with_either_layer(path):
    torch.manual_seed(1)
    layer, model = _layer("lstm", path, 3, 5, 2, dtype=torch.float64), torch.nn.LSTM(3, 5, 2, dtype=torch.float64)
    layer.load_state_dict(model.state_dict())
    x, goal = torch.randn(6, 4, 3, dtype=torch.float64), torch.randn(6, 4, 5, dtype=torch.float64)
    for one in (layer, model):
        optimizer = torch.optim.Adam(one.parameters(), 0.01)
        for _ in range(10):
            optimizer.zero_grad()
            F.mse_loss(one(x)[0], goal).backward()
            optimizer.step()
    torch.testing.assert_close(layer.state_dict(), model.state_dict())


@pytest.mark.parametrize("extreme", [1e4, torch.inf, -torch.inf, torch.nan])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_extreme_inputs_give_what_torch_gives(kind, path, extreme):
    torch.manual_seed(1)
    layer, model = _layer(kind, path, 3, 4, dtype=torch.float64), TORCHS[kind](3, 4, dtype=torch.float64)
    layer.load_state_dict(model.state_dict())
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    x[2, 1, 0] = extreme
    torch.testing.assert_close(_results(layer, x), _results(model, x), equal_nan=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("input_type", [torch.float32, torch.bfloat16], ids=str)
def test_under_autocast_results_are_torchs_within_rounding_and_stay_float32(kind, input_type):
    torch.manual_seed(1)
    layer, model = OURS[kind](3, 4, 2), TORCHS[kind](3, 4, 2)
    model.load_state_dict(layer.state_dict())
    x = torch.randn(5, 2, 3, dtype=input_type)
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = layer(x), model(x)
    assert found[0].dtype is torch.float32
    torch.testing.assert_close(found, expected, check_dtype=False, rtol=0, atol=0.02)
    found[0].sum().backward()
    assert all(weight.grad.dtype is torch.float32 for weight in layer.parameters())


@pytest.mark.parametrize(
    "change",
    [
        partial(prune.l1_unstructured, name="weight_hh_l0", amount=0.3),
        partial(parametrizations.weight_norm, name="weight_hh_l0"),
    ],
    ids=["pruned", "weight norm"],
)
def test_a_weight_may_be_pruned_or_made_of_others_as_in_torch(change):
    torch.manual_seed(1)
    layer, model = LSTM(3, 4), torch.nn.LSTM(3, 4)
    layer.load_state_dict(model.state_dict())
    change(layer)
    change(model)
    x = torch.randn(5, 2, 3)
    with torch.no_grad():
        torch.testing.assert_close(layer(x), model(x))
        assert sum(p.numel() for p in layer.parameters()) == sum(p.numel() for p in model.parameters())


def test_torchs_habit_of_flattening_is_harmless():
    layer = LSTM(3, 4)
    before = copy.deepcopy(layer.state_dict())
    layer.flatten_parameters()
    torch.testing.assert_close(layer.state_dict(), before)


def test_weights_are_listed_as_torch_lists_them():
    layer = LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    model = torch.nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    model.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer.all_weights, model.all_weights)


# --- the paths --------------------------------------------------------------------------------------------------------


@pytest.fixture
def paths_taken(monkeypatch):
    taken = []
    for name, module, function in (("fused", kernels, "sequence"), ("stepwise", reference, "unroll")):
        monkeypatch.setattr(module, function, partial(_noting, taken, name, getattr(module, function)))
    return taken


def _noting(taken, name, function, *args, **more):
    taken.append(name)
    return function(*args, **more)


@pytest.mark.parametrize(
    ("layer", "path"),
    [
        (lambda: LSTM(3, 4), "fused"),
        (lambda: RNN(3, 4, nonlinearity="relu"), "fused"),
        (lambda: LSTM(3, 4, proj_size=2, weight_dropout=0.5, orthogonal=True, forget_bias=1.0), "fused"),
        (lambda: GRU(3, 3, residual=True, zoneout=0.0), "fused"),
        (lambda: GRU(3, 4, zoneout=0.1), "stepwise"),
        (lambda: LSTM(3, 4, zoneout=(0.0, 0.1)), "stepwise"),
        (lambda: LSTM(3, 4, layer_norm=True), "stepwise"),
        (lambda: Recurrent(PLAIN["gru"], 3, 4), "stepwise"),
        (lambda: Recurrent(CELLS["rnn"], 3, 4, proj_size=2), "stepwise"),
    ],
)
def test_a_kernel_that_knows_the_cell_is_taken_where_it_can_serve(layer, path, paths_taken):
    x = torch.randn(5, 2, 3)
    layer()(x)
    assert paths_taken == [path]


def test_a_trace_takes_the_stepwise_path(paths_taken):
    LSTM(3, 4).trace(torch.randn(5, 2, 3))
    assert paths_taken == ["stepwise"]


def _tiny(kind, **more):
    cell = MinimalGated if kind == "own" else PLAIN[kind]
    return Recurrent(cell, 2, dtype=torch.float64, **{"hidden_size": 2} | more)


VARIANTS = {
    "plain": {},
    "no bias": {"bias": False},
    "both directions, stacked": {"bidirectional": True, "num_layers": 2},
    "projected": {"hidden_size": 3, "proj_size": 2},
    "normalised": {"layer_norm": True},
    "zoneout": {"zoneout": 0.3},
    "residual": {"residual": True, "num_layers": 2},
}


@pytest.mark.parametrize("lengths", [None, torch.tensor([1, 3])], ids=["all steps", "lengths"])
@pytest.mark.parametrize(
    ("kind", "variant"),
    [(kind, variant) for kind in (*KINDS, "own") for variant in VARIANTS if (kind, variant) != ("gru", "projected")],
)
def test_reference_gradients_by_finite_differences(kind, variant, lengths):
    torch.manual_seed(1)
    layer = _tiny(kind, **VARIANTS[variant]).eval()
    leaves = [torch.randn(3, 2, 2, dtype=torch.float64), *_parts(_state(layer, 2)), *layer.parameters()]

    def run(x, *others):
        states = others[: len(layer.state_names)]
        output, state = layer(x, states, lengths=lengths)
        return output, *_parts(state)

    assert torch.autograd.gradcheck(run, [leaf.requires_grad_() for leaf in leaves])


@pytest.mark.parametrize("kind", [*KINDS, "own"])
def test_gradients_of_gradients_by_finite_differences(kind):
    torch.manual_seed(1)
    layer = _tiny(kind, layer_norm=True, bidirectional=True)
    leaves = [torch.randn(3, 1, 2, dtype=torch.float64), *layer.parameters()]
    total = lambda x, *_: layer(x)[0].square().sum()  # noqa: E731
    assert torch.autograd.gradgradcheck(total, [leaf.requires_grad_() for leaf in leaves], fast_mode=True)


# --- lengths ----------------------------------------------------------------------------------------------------------

EXTRAS = {
    "plain": {},
    "residual": {"residual": True},
    "normalised": {"layer_norm": True},
    "zoneout": {"zoneout": 0.2},
}


@pytest.mark.parametrize("lengths", [[2, 6, 1, 4], [6, 4, 2, 1], [1, 1, 3, 3]], ids=str)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one direction", "two"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_with_lengths_each_sequence_runs_as_if_alone(kind, path, bidirectional, lengths):
    torch.manual_seed(1)
    layer = _layer(kind, path, 3, 4, 2, bidirectional=bidirectional, dtype=torch.float64)
    x, hx = torch.randn(7, 4, 3, dtype=torch.float64), _state(layer, 4)
    _compare_with_alone(layer, x, hx, lengths)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one direction", "two"])
@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("cell", [PLAIN["lstm"], CELLS["gru"], MinimalGated])
def test_with_lengths_each_sequence_runs_as_if_alone_whatever_the_settings(cell, extra, bidirectional):
    torch.manual_seed(1)
    layer = Recurrent(cell, 4, 4, 2, bidirectional=bidirectional, dtype=torch.float64, **EXTRAS[extra]).eval()
    x, hx = torch.randn(7, 4, 4, dtype=torch.float64), _state(layer, 4)
    _compare_with_alone(layer, x, hx, [2, 6, 1, 4])


def _compare_with_alone(layer, x, hx, lengths):
    leaves = [x, *_parts(hx), *layer.parameters()]
    for leaf in leaves:
        leaf.requires_grad_()
    output, state = layer(x, hx, lengths=torch.tensor(lengths))
    together = total = 0
    for b, n in enumerate(lengths):
        alone, end = layer(x[:n, b : b + 1], tuple(part[:, b : b + 1] for part in _parts(hx)))
        torch.testing.assert_close(output[:n, b : b + 1], alone, **TOLERANCE[torch.float64])
        assert not output[n:, b].any()
        for part, expected in zip(_parts(state), _parts(end), strict=True):
            torch.testing.assert_close(part[:, b : b + 1], expected, **TOLERANCE[torch.float64])
        total = total + sum((b + 1 + value).square().sum() for value in (alone, *_parts(end)))
        together = together + (b + 1 + output[:n, b]).square().sum()
        together = together + sum((b + 1 + part[:, b]).square().sum() for part in _parts(state))
    grads = torch.autograd.grad(together, leaves)
    torch.testing.assert_close(grads, torch.autograd.grad(total, leaves), **TOLERANCE[torch.float64])
    for b, n in enumerate(lengths):
        assert not grads[0][n:, b].any()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_lengths_and_a_packed_sequence_give_the_same(kind, path):
    torch.manual_seed(1)
    layer = _layer(kind, path, 3, 4, 2, batch_first=True, bidirectional=True)
    x, lengths = torch.randn(3, 6, 3), torch.tensor([2, 6, 5])
    output, state = layer(x, lengths=lengths)
    packed, last = layer(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
    torch.testing.assert_close(output, pad_packed_sequence(packed, batch_first=True)[0])
    torch.testing.assert_close(state, last)


@pytest.mark.parametrize("rubbish", [torch.inf, torch.nan])
@pytest.mark.parametrize("more", EXTRAS.values(), ids=EXTRAS)
@pytest.mark.parametrize("path", PATHS)
def test_what_lies_beyond_the_lengths_changes_nothing(path, more, rubbish):
    torch.manual_seed(1)
    layer = _layer("lstm", path, 4, 4, 2, bidirectional=True, dtype=torch.float64, **more).eval()
    x, lengths = torch.randn(6, 3, 4, dtype=torch.float64), torch.tensor([2, 6, 5])
    spoilt = x.clone()
    for b, n in enumerate(lengths.tolist()):
        spoilt[n:, b] = rubbish
    _close(_results(layer, spoilt, lengths=lengths), _results(layer, x, lengths=lengths))


def test_lengths_serve_one_sequence_too():
    layer, x = GRU(3, 4), torch.randn(6, 3)
    output, state = layer(x, lengths=torch.tensor([4]))
    alone, last = layer(x[:4])
    torch.testing.assert_close(output[:4], alone)
    torch.testing.assert_close(state, last)
    assert not output[4:].any()


# --- dropout between layers -------------------------------------------------------------------------------------------


def _showing_the_mask(path, p, variational, hidden=40):
    """Two layers of which the lower gives ones and the upper gives its input: the output is the mask."""
    layer = _layer("relu", path, 1, hidden, 2, dropout=p, variational=variational)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.bias_ih_l0.fill_(1)
        layer.weight_ih_l1.copy_(torch.eye(hidden))
    return layer


def _forms(form):
    """Run (T, B, 1) zeros through a layer in one of the forms it takes; outputs (T, B, H)."""
    lengths = torch.tensor([3, 6, 5])
    x = torch.zeros(6, 3, 1)
    if form == "lengths":
        return lambda layer: layer(x, lengths=lengths)[0]
    if form == "packed":
        return lambda layer: pad_packed_sequence(layer(pack_padded_sequence(x, lengths, enforce_sorted=False))[0])[0]
    return lambda layer: layer(x)[0]


@pytest.mark.parametrize("form", ["batch", "lengths", "packed"])
@pytest.mark.parametrize("path", PATHS)
def test_variational_dropout_draws_one_mask_for_all_steps_and_one_for_each_sequence(path, form):
    torch.manual_seed(1)
    layer, run = _showing_the_mask(path, 0.25, variational=True), _forms(form)
    mask = run(layer)
    for b, n in enumerate([3, 6, 5] if form != "batch" else [6, 6, 6]):
        assert torch.equal(mask[:n, b], mask[:1, b].expand(n, -1))
    assert not torch.equal(mask[0, 0], mask[0, 1])
    assert not torch.equal(mask[0, 1], mask[0, 2])
    torch.testing.assert_close(mask.unique(), torch.tensor([0.0, 4 / 3]))
    assert not torch.equal(run(layer), mask)


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_dropout_drops_its_share_in_training_and_nothing_in_evaluation(path, variational):
    torch.manual_seed(1)
    layer, run = _showing_the_mask(path, 0.25, variational, hidden=2000), _forms("batch")
    mask = run(layer)
    torch.testing.assert_close(mask[mask != 0], torch.full_like(mask[mask != 0], 4 / 3))
    assert abs((mask[0] == 0).float().mean() - 0.25) < 4 * (0.25 * 0.75 / 6000) ** 0.5
    assert torch.equal(mask[0], mask[1]) == variational
    assert torch.equal(run(layer.eval()), torch.ones(6, 3, 2000))


@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("path", PATHS)
def test_dropout_of_everything_leaves_zeros(path, variational):
    layer = _showing_the_mask(path, 1.0, variational)
    assert torch.equal(_forms("batch")(layer), torch.zeros(6, 3, 40))


def test_the_last_layer_is_not_dropped():
    layer = GRU(3, 4, 1, dropout=0.9)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(layer(x), layer.eval()(x))


# --- dropout of weights -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_weight_dropout_draws_one_mask_a_call_for_the_recurrent_matrix_only(kind, path):
    torch.manual_seed(1)
    layer = _layer(kind, path, 5, 40, weight_dropout=0.3, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.abs_()  # no rectified unit is silent, so every weight that is left has a gradient
    x = torch.rand(4, 3, 5, dtype=torch.float64)
    before = copy.deepcopy(layer.state_dict())
    output, _ = layer(x)
    grads = dict(zip(before, torch.autograd.grad(output.square().sum(), list(layer.parameters())), strict=True))
    mask = grads["weight_hh_l0"] != 0
    assert abs((~mask).double().mean() - 0.3) < 0.05
    assert all(grad.ne(0).all() for name, grad in grads.items() if name != "weight_hh_l0")
    torch.testing.assert_close(layer.state_dict(), before)

    plain = _layer(kind, path, 5, 40, dtype=torch.float64)  # the same with the weights that were left
    plain.load_state_dict(before | {"weight_hh_l0": before["weight_hh_l0"] * mask / 0.7})
    same, _ = plain(x)
    torch.testing.assert_close(output, same)
    raw = torch.autograd.grad(same.square().sum(), plain.weight_hh_l0)[0] * mask / 0.7
    torch.testing.assert_close(grads["weight_hh_l0"], raw)
    assert not torch.equal(layer(x)[0], output)


@pytest.mark.parametrize("path", PATHS)
def test_weights_are_not_dropped_in_evaluation(path):
    layer = _layer("lstm", path, 3, 4, weight_dropout=0.9).eval()
    plain = _layer("lstm", path, 3, 4)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(layer(x), plain(x))


# --- layer norm, zoneout, residual ------------------------------------------------------------------------------------


def test_layer_norm_in_the_lstm_is_its_formula():
    torch.manual_seed(1)
    layer = LSTM(3, 4, layer_norm=True, dtype=torch.float64)
    weights = {name: torch.nn.init.normal_(parameter) for name, parameter in layer.named_parameters()}
    x, (h, c) = torch.randn(6, 2, 3, dtype=torch.float64), (torch.randn(1, 2, 4, dtype=torch.float64) for _ in "hc")
    output, state = layer(x, (h, c))
    h, c = h[0], c[0]
    for t in range(6):
        below = F.layer_norm(x[t] @ weights["weight_ih_l0"].T, (16,), weights["norm_ih_l0.weight"])
        before = F.layer_norm(h @ weights["weight_hh_l0"].T, (16,), weights["norm_hh_l0.weight"])
        i, f, g, o = (below + weights["bias_ih_l0"] + before + weights["bias_hh_l0"]).split(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        normal = F.layer_norm(c, (4,), weights["cells.0.norm_c.weight"], weights["cells.0.norm_c.bias"])
        h = torch.sigmoid(o) * torch.tanh(normal)
        torch.testing.assert_close(output[t], h)
    torch.testing.assert_close(state, (h.unsqueeze(0), c.unsqueeze(0)))


def test_all_weights_of_a_normalised_layer_are_of_its_type_and_device():
    for place in ({"dtype": torch.float64}, {"device": "meta"}):
        weights = list(LSTM(3, 4, layer_norm=True, **place).parameters())
        assert {weight.dtype for weight in weights} == {place.get("dtype", torch.float32)}
        assert {weight.device.type for weight in weights} == {place.get("device", "cpu")}
    y, _ = LSTM(3, 4, layer_norm=True, dtype=torch.float64)(torch.randn(5, 2, 3, dtype=torch.float64))
    assert y.dtype is torch.float64


def test_layer_norm_in_the_gru_is_its_formula():
    torch.manual_seed(1)
    layer = GRU(3, 4, layer_norm=True, dtype=torch.float64)
    weights = {name: torch.nn.init.normal_(parameter) for name, parameter in layer.named_parameters()}
    x, h = torch.randn(6, 2, 3, dtype=torch.float64), torch.zeros(2, 4, dtype=torch.float64)
    output, _ = layer(x)
    for t in range(6):
        below = F.layer_norm(x[t] @ weights["weight_ih_l0"].T, (12,), weights["norm_ih_l0.weight"])
        before = F.layer_norm(h @ weights["weight_hh_l0"].T, (12,), weights["norm_hh_l0.weight"])
        xr, xz, xn = (below + weights["bias_ih_l0"]).split(4, -1)
        hr, hz, hn = (before + weights["bias_hh_l0"]).split(4, -1)
        z = torch.sigmoid(xz + hz)
        h = (1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + z * h
        torch.testing.assert_close(output[t], h)


def _kept_shares(layer):
    """How many units hold their last value, by state."""
    torch.manual_seed(1)
    values = layer.trace(torch.randn(20, 5, 3))
    moved = {name: values[name + "_l0"].diff(dim=0) for name in layer.state_names}
    return {name: (moved[name] == 0).double().mean().item() for name in moved}


def test_zoneout_keeps_the_last_state_with_its_probability():
    layer = LSTM(3, 100, zoneout=0.3)
    assert _kept_shares(layer) == pytest.approx({"h": 0.3, "c": 0.3}, abs=0.02)
    assert _kept_shares(layer.eval()) == {"h": 0.0, "c": 0.0}


def test_zoneout_takes_a_probability_for_each_state():
    assert _kept_shares(LSTM(3, 100, zoneout=(0.0, 0.4))) == pytest.approx({"h": 0.0, "c": 0.4}, abs=0.02)
    assert _kept_shares(GRU(3, 100, zoneout=(0.2,))) == pytest.approx({"h": 0.2}, abs=0.02)
    assert _kept_shares(RNN(3, 100, zoneout=1.0)) == {"h": 1.0}


def test_a_unit_either_keeps_its_state_or_takes_the_new_one():
    torch.manual_seed(1)
    layer = RNN(3, 30, zoneout=0.5, dtype=torch.float64)
    x, weights = torch.randn(8, 4, 3, dtype=torch.float64), layer.all_weights[0]
    h = layer(x)[0]
    before = torch.cat([torch.zeros_like(h[:1]), h[:-1]])
    new = torch.tanh(F.linear(x, weights[0], weights[2]) + F.linear(before, weights[1], weights[3]))
    assert ((h - new).abs() < 1e-12).logical_xor(h == before).all()


def test_zoneout_in_evaluation_is_its_expectation():
    torch.manual_seed(1)
    layer = LSTM(3, 4, zoneout=(0.1, 0.3), dtype=torch.float64).eval()
    weights, x = layer.all_weights[0], torch.randn(6, 2, 3, dtype=torch.float64)
    h = c = torch.zeros(2, 4, dtype=torch.float64)
    output, state = layer(x)
    for t in range(6):
        i, f, g, o = (F.linear(x[t], weights[0], weights[2]) + F.linear(h, weights[1], weights[3])).split(4, -1)
        new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = 0.1 * h + 0.9 * torch.sigmoid(o) * torch.tanh(new)
        c = 0.3 * c + 0.7 * new
        torch.testing.assert_close(output[t], h)
    torch.testing.assert_close(state, (h.unsqueeze(0), c.unsqueeze(0)))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_residual_adds_the_input_where_the_widths_agree(kind, path):
    torch.manual_seed(1)
    layer = _layer(kind, path, 5, 4, 3, residual=True, dtype=torch.float64)
    x = torch.randn(6, 2, 5, dtype=torch.float64)
    output, state = layer(x)
    above, finals = x, []
    for n in range(3):
        one = TORCHS[kind](above.shape[-1], 4, dtype=torch.float64)
        one.load_state_dict({name: getattr(layer, name.replace("l0", f"l{n}")) for name in one.state_dict()})
        out, last = one(above)
        above = out if n == 0 else out + above  # the lowest reads five features and gives four
        finals.append(_parts(last))
    torch.testing.assert_close(output, above)
    torch.testing.assert_close(_parts(state), tuple(torch.cat(parts) for parts in zip(*finals, strict=True)))


def test_residual_adds_from_the_first_layer_on_if_the_widths_agree():
    layer, x = GRU(4, 4, residual=True), torch.randn(6, 2, 4)
    plain = GRU(4, 4)
    plain.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer(x)[0], plain(x)[0] + x)


def test_residual_of_two_directions_adds_their_joint_width():
    layer, x = GRU(8, 4, residual=True, bidirectional=True), torch.randn(6, 2, 8)
    plain = GRU(8, 4, bidirectional=True)
    plain.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer(x)[0], plain(x)[0] + x)
    torch.testing.assert_close(layer(x)[1], plain(x)[1])


# --- one step at a time -----------------------------------------------------------------------------------------------

STREAMS = {
    "rnn": partial(RNN, 4, 4),
    "relu": partial(RNN, 4, 4, nonlinearity="relu"),
    "lstm": partial(LSTM, 4, 4),
    "gru": partial(GRU, 4, 4),
    "own": partial(Recurrent, MinimalGated, 4, 4),
    "other width": partial(LSTM, 4, 7),
    "no bias": partial(GRU, 4, 4, bias=False),
    "no bias, reference": partial(Recurrent, PLAIN["lstm"], 4, 4, bias=False),
    "projected": partial(LSTM, 4, 5, proj_size=3),
    "normalised": partial(LSTM, 4, 4, layer_norm=True),
    "zoneout": partial(LSTM, 4, 4, zoneout=(0.1, 0.3)),
    "residual": partial(GRU, 4, 4, residual=True),
    "residual, normalised": partial(GRU, 4, 4, residual=True, layer_norm=True),
    "much is dropped": partial(LSTM, 4, 4, dropout=0.5, variational=True, weight_dropout=0.5),
    "much is dropped, reference": partial(GRU, 4, 4, dropout=0.5, weight_dropout=0.5, zoneout=0.5),
}


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("started", [True, False], ids=["given state", "from nothing"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("stream", STREAMS)
def test_steps_one_by_one_are_the_whole_sequence_in_evaluation(stream, layers, started, training):
    torch.manual_seed(1)
    layer = STREAMS[stream](num_layers=layers, dtype=torch.float64).eval()
    x, state = torch.randn(6, 2, 4, dtype=torch.float64), _state(layer, 2) if started else None
    output, last = layer(x, state)
    layer.train(training)
    for t in range(6):
        y, state = layer.step(x[t], state)
        torch.testing.assert_close(y, output[t])
    torch.testing.assert_close(state, last)
    assert all(module.training == training for module in layer.modules())


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("stream", STREAMS)
def test_one_stream_needs_no_batch(stream, batch_first):
    torch.manual_seed(1)
    layer = STREAMS[stream](num_layers=2, batch_first=batch_first, dtype=torch.float64).eval()
    x, state = torch.randn(6, 4, dtype=torch.float64), None
    output, last = layer(x)
    for t in range(6):
        y, state = layer.step(x[t], state)
        torch.testing.assert_close(y, output[t])
    torch.testing.assert_close(state, last)


def test_a_sequence_may_go_on_step_by_step_and_a_stream_as_a_sequence():
    layer, x = LSTM(3, 4, 2), torch.randn(9, 2, 3)
    whole, last = layer(x)
    _, state = layer(x[:3])
    for t in range(3, 6):
        y, state = layer.step(x[t], state)
        torch.testing.assert_close(y, whole[t])
    rest, state = layer(x[6:], state)
    torch.testing.assert_close(rest, whole[6:])
    torch.testing.assert_close(state, last)


@pytest.mark.parametrize("stream", ["gru", "normalised"])
def test_a_step_is_differentiable(stream):
    torch.manual_seed(1)
    layer = STREAMS[stream](dtype=torch.float64)
    x = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    outputs, state = [], None
    for t in range(3):
        y, state = layer.step(x[t], state)
        outputs.append(y)
    found = torch.autograd.grad(torch.stack(outputs).square().sum(), [x, *layer.parameters()])
    expected = torch.autograd.grad(layer(x)[0].square().sum(), [x, *layer.parameters()])
    torch.testing.assert_close(found, expected)


def test_a_step_leaves_the_mode_as_it_was_even_if_it_fails():
    class Breaking(MinimalGated):
        def forward(self, x, u, state):
            raise RuntimeError("broken")

    layer = Recurrent(Breaking, 3, 4)
    with pytest.raises(RuntimeError, match="broken"):
        layer.step(torch.randn(2, 3))
    assert layer.training


@pytest.mark.parametrize("stream", ["gru", "lstm", "normalised"])
def test_a_step_leaves_the_state_it_was_given(stream):
    layer = STREAMS[stream](num_layers=2)
    _, state = layer.step(torch.randn(2, 4))
    before = copy.deepcopy([part.detach() for part in _parts(state)])
    layer.step(torch.randn(2, 4), state)
    torch.testing.assert_close([part.detach() for part in _parts(state)], before)


def test_a_stream_runs_in_inference_mode_and_its_state_serves_without_gradients():
    layer, x = LSTM(3, 4), torch.randn(2, 2, 3)
    expected, _ = layer(x)
    with torch.inference_mode():
        _, state = layer.step(x[0])
        torch.testing.assert_close(layer.step(x[1], state)[0], expected[1].detach())
    with torch.no_grad():
        torch.testing.assert_close(layer.step(x[1], state)[0], expected[1].detach())


@pytest.mark.parametrize("stream", ["rnn", "gru", "lstm", "own", "projected", "normalised", "zoneout"])
def test_a_stream_runs_under_autocast(stream):
    torch.manual_seed(1)
    layer, x, state = STREAMS[stream](num_layers=2).eval(), torch.randn(5, 2, 4), None
    expected, _ = layer(x)
    with torch.autocast("cpu", torch.bfloat16):
        for t in range(5):
            y, state = layer.step(x[t], state)
            torch.testing.assert_close(y.float(), expected[t], rtol=0.05, atol=0.05)


def test_two_directions_have_no_steps():
    with pytest.raises(ValueError, match="expected a layer of one direction; a bidirectional one needs the whole"):
        GRU(3, 4, bidirectional=True).step(torch.randn(2, 3))


# --- a trace ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("form", ["batch", "lengths", "packed", "one sequence"])
@pytest.mark.parametrize("kind", [*KINDS, "own"])
def test_a_trace_names_everything_and_its_output_is_that_of_the_layer(kind, form, batch_first):
    torch.manual_seed(1)
    more = {"num_layers": 2, "bidirectional": True, "batch_first": batch_first, "dtype": torch.float64}
    layer = Recurrent(MinimalGated, 3, 4, **more) if kind == "own" else OURS[kind](3, 4, **more)
    x, lengths = torch.randn(*((3, 6) if batch_first else (6, 3)), 3, dtype=torch.float64), None
    if form == "lengths":
        lengths = torch.tensor([2, 5, 4])
    elif form == "packed":
        x = pack_padded_sequence(x, torch.tensor([2, 5, 4]), batch_first=batch_first, enforce_sorted=False)
    elif form == "one sequence":
        x = x[:, 0]
    hx = _parts(_state(layer, 3))
    hx = tuple(part[:, 0] for part in hx) if form == "one sequence" else hx
    values = layer.trace(x, hx, lengths=lengths)
    output, _ = layer(x, hx, lengths=lengths)
    output = pad_packed_sequence(output, batch_first=batch_first)[0] if form == "packed" else output
    torch.testing.assert_close(values.pop("output"), output)
    names = {"rnn": "h", "relu": "h", "lstm": "ifgoch", "gru": "rznh", "own": "fnmh"}[kind]
    assert values.keys() == {name + end for name in names for end in ("_l0", "_l0_reverse", "_l1", "_l1_reverse")}
    assert {value.shape for value in values.values()} == {(*output.shape[:-1], 4)}
    if form in ("batch", "one sequence"):
        torch.testing.assert_close(torch.cat([values["h_l1"], values["h_l1_reverse"]], -1), output)


def test_traced_values_satisfy_the_equations():
    torch.manual_seed(1)
    layer = LSTM(3, 4, 2, bidirectional=True, dtype=torch.float64)
    x, hx = torch.randn(6, 2, 3, dtype=torch.float64), _state(layer, 2)
    values = layer.trace(x, hx)
    below = {0: x, 1: torch.cat([values["h_l0"], values["h_l0_reverse"]], -1)}
    for index, end in enumerate(("_l0", "_l0_reverse", "_l1", "_l1_reverse")):
        i, f, g, o, c, h = (values[name + end] for name in "ifgoch")
        w_ih, w_hh, b_ih, b_hh = layer.all_weights[index]
        start = [part[index].unsqueeze(0) for part in hx]
        before = [
            torch.cat([v[1:], s] if "reverse" in end else [s, v[:-1]]) for s, v in zip(start, (h, c), strict=True)
        ]
        sums = F.linear(below[index // 2], w_ih, b_ih) + F.linear(before[0], w_hh, b_hh)
        for gate, total, squash in zip((i, f, g, o), sums.split(4, -1), "ssts", strict=True):
            torch.testing.assert_close(gate, torch.tanh(total) if squash == "t" else torch.sigmoid(total))
        torch.testing.assert_close(c, f * before[1] + i * g)
        torch.testing.assert_close(h, o * torch.tanh(c))


def test_traced_states_stand_still_beyond_the_lengths():
    layer, x = LSTM(3, 4), torch.randn(6, 2, 3)
    values = layer.trace(x, lengths=torch.tensor([2, 6]))
    _, (h, c) = layer(x, lengths=torch.tensor([2, 6]))
    torch.testing.assert_close(values["h_l0"][2:, 0], h[0, 0].expand(4, -1))
    torch.testing.assert_close(values["c_l0"][2:, 0], c[0, 0].expand(4, -1))
    assert not values["output"][2:, 0].any()


def test_a_trace_can_be_differentiated():
    layer, x = GRU(3, 4), torch.randn(6, 2, 3, requires_grad=True)
    (grad,) = torch.autograd.grad(layer.trace(x)["z_l0"][3].sum(), x)
    assert grad[:4].ne(0).all()
    assert not grad[4:].any()


# --- a cell of one's own ----------------------------------------------------------------------------------------------


def test_a_cell_of_ones_own_runs_stacked_in_both_directions_as_written_by_hand():
    torch.manual_seed(1)
    layer = Recurrent(MinimalGated, 3, 4, 2, bidirectional=True, dtype=torch.float64)
    x, hx = torch.randn(6, 2, 3, dtype=torch.float64), _state(layer, 2)
    output, state = layer(x, hx)
    below, finals = x, []
    for n in range(2):
        sides = []
        for side in range(2):
            index = 2 * n + side
            w_ih, w_hh, b_ih, b_hh = layer.all_weights[index]
            h, m, hs = hx[0][index], hx[1][index], {}
            for t in range(6) if side == 0 else range(5, -1, -1):
                (xf, xn), (hf, hn) = (p.split(4, -1) for p in (F.linear(below[t], w_ih, b_ih), F.linear(h, w_hh, b_hh)))
                f = torch.sigmoid(xf + hf + layer.cells[index].peep * m)
                m = (1 - f) * m + f * torch.tanh(xn + f * hn)
                h = hs[t] = torch.tanh(m)
            sides.append(torch.stack([hs[t] for t in range(6)]))
            finals.append((h, m))
        below = torch.cat(sides, -1)
    torch.testing.assert_close(output, below)
    torch.testing.assert_close(state, tuple(torch.stack(parts) for parts in zip(*finals, strict=True)))


@pytest.mark.parametrize("sort", [False, True], ids=["in any order", "sorted"])
def test_a_cell_of_ones_own_takes_packed_sequences(sort):
    torch.manual_seed(1)
    layer = Recurrent(MinimalGated, 3, 4, 2, bidirectional=True)
    x, lengths = torch.randn(6, 3, 3), torch.tensor([6, 5, 2] if sort else [2, 6, 5])
    packed, state = layer(pack_padded_sequence(x, lengths, enforce_sorted=sort))
    output, last = layer(x, lengths=lengths)
    torch.testing.assert_close(pad_packed_sequence(packed)[0], output)
    torch.testing.assert_close(state, last)


def test_a_cell_of_ones_own_learns():
    """Say at the end what the first input was, five steps before."""
    torch.manual_seed(1)
    layer, head = Recurrent(MinimalGated, 1, 16), torch.nn.Linear(16, 1)
    optimizer = torch.optim.Adam([*layer.parameters(), *head.parameters()], 0.02)
    losses = []
    for _ in range(80):
        x = torch.randn(6, 64, 1)
        loss = F.binary_cross_entropy_with_logits(head(layer(x)[0][-1]), (x[0] > 0).float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    assert (layer.cells[0].peep != 0.5).all()


def test_projection_serves_any_cell():
    torch.manual_seed(1)
    layer = Recurrent(MinimalGated, 3, 5, proj_size=2, dtype=torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    output, (h, m) = layer(x)
    assert (output.shape, h.shape, m.shape) == ((4, 2, 2), (1, 2, 2), (1, 2, 5))
    torch.testing.assert_close(h[0], torch.tanh(m[0]) @ layer.weight_hr_l0.T)


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LSTM(0, 4), "input_size: expected at least 1, got 0"),
        (lambda: LSTM(3, -1), "hidden_size: expected at least 1, got -1"),
        (lambda: LSTM(3, 4, 0), "num_layers: expected at least 1, got 0"),
        (lambda: GRU(3, 4, dropout=1.5), r"dropout: expected a probability in 0\.\.1, got 1.5"),
        (lambda: GRU(3, 4, weight_dropout=-0.1), r"weight_dropout: expected a probability in 0\.\.1, got -0.1"),
        (lambda: LSTM(3, 4, proj_size=4), "proj_size: expected less than hidden_size 4, got 4"),
        (lambda: LSTM(3, 4, proj_size=-1), "proj_size: expected less than hidden_size 4, got -1"),
        (lambda: RNN(3, 4, proj_size=2), "proj_size: expected 0 for RNN"),
        (lambda: GRU(3, 4, proj_size=2), "proj_size: expected 0 for GRU"),
        (lambda: Recurrent(GRUCell, 3, 4, proj_size=1), "proj_size: expected 0 for GRUCell, got 1"),
        (lambda: RNN(3, 4, 1, "tanh", True, False, 0.0, False, 2), "proj_size: expected 0 for RNN"),
        (lambda: GRU(3, 4, 1, True, False, 0.0, False, 2), "proj_size: expected 0 for GRU"),
        (lambda: RNN(3, 4, 1, "sigmoid"), r"nonlinearity: expected one of \['relu', 'tanh'\], got 'sigmoid'"),
        (lambda: GRU(3, 4, zoneout=1.1), r"zoneout: expected a probability for each of \('h',\), got 1.1"),
        (lambda: LSTM(3, 4, zoneout=(0.1,)), r"zoneout: expected a probability for each of \('h', 'c'\), got \(0.1,\)"),
    ],
)
def test_a_wrong_setting_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("x", "state", "lengths", "message"),
    [
        ((6, 2, 5), None, None, "input: expected 3 features in each step, got 5"),
        ((6, 5), None, None, "input: expected 3 features in each step, got 5"),
        ((3,), None, None, r"input: expected 2 or 3 dimensions, got 1 \(shape \(3,\)\)"),
        ((0, 2, 3), None, None, r"input: expected at least one step, got shape \(0, 2, 3\)"),
        ((6, 2, 3), None, [6], r"lengths: expected 2 whole numbers, got torch.int64 of shape \(1,\)"),
        ((6, 2, 3), None, [0, 6], "lengths: expected 1 to 6, got 0 to 6"),
        ((6, 2, 3), None, [5, 7], "lengths: expected 1 to 6, got 5 to 7"),
        (
            (6, 2, 3),
            [(1, 2, 4)],
            None,
            r"state h, c: expected shapes \[\(1, 2, 4\), \(1, 2, 4\)\], got \[\(1, 2, 4\)\]",
        ),
        ((6, 2, 3), [(1, 2, 4), (1, 3, 4)], None, r"state h, c: .*got \[\(1, 2, 4\), \(1, 3, 4\)\]"),
        ((6, 2, 3), [(2, 4), (2, 4)], None, r"state h, c: .*got \[\(2, 4\), \(2, 4\)\]"),
    ],
)
def test_a_wrong_shape_is_named_with_what_was_expected(path, x, state, lengths, message):
    layer = _layer("lstm", path, 3, 4)
    hx = None if state is None else tuple(torch.zeros(shape) for shape in state)
    lengths = None if lengths is None else torch.tensor(lengths)
    for run in (layer, layer.trace):
        with pytest.raises(ValueError, match=message):
            run(torch.zeros(x), hx, lengths=lengths)


def test_the_state_of_a_gru_is_checked_too():
    with pytest.raises(ValueError, match=r"state h: expected shapes \[\(2, 3, 4\)\], got \[\(1, 3, 4\)\]"):
        GRU(3, 4, 2)(torch.zeros(5, 3, 3), torch.zeros(1, 3, 4))


def test_a_packed_sequence_of_wrong_width_or_with_lengths_is_refused():
    packed = pack_padded_sequence(torch.zeros(5, 2, 4), torch.tensor([5, 3]))
    with pytest.raises(ValueError, match="input: expected 3 features in each step, got 4"):
        GRU(3, 4)(packed)
    with pytest.raises(ValueError, match="a PackedSequence holds its lengths"):
        GRU(4, 4)(packed, lengths=torch.tensor([5, 3]))


@pytest.mark.parametrize(
    ("x", "state", "message"),
    [
        ((2, 4), None, r"step: expected \(B, 3\) or \(3,\), got \(2, 4\)"),
        ((1, 2, 3), None, r"step: expected \(B, 3\) or \(3,\), got \(1, 2, 3\)"),
        ((2, 3), (1, 5, 4), r"state h: expected shapes \[\(1, 2, 4\)\], got \[\(1, 5, 4\)\]"),
        ((3,), (2, 4), r"state h: expected shapes \[\(1, 1, 4\)\], got \[\(2, 1, 4\)\]"),
    ],
)
def test_a_wrong_step_is_named(x, state, message):
    with pytest.raises(ValueError, match=message):
        GRU(3, 4).step(torch.zeros(x), None if state is None else torch.zeros(state))


# --- the layer as a module --------------------------------------------------------------------------------------------

MODULES = {
    "lstm": lambda: LSTM(3, 4, 2, bidirectional=True, proj_size=2),
    "normalised": lambda: LSTM(3, 4, 2, layer_norm=True, zoneout=0.1),
    "own": lambda: Recurrent(MinimalGated, 3, 4, 2),
}


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)
def test_a_copy_is_equal_and_apart(make):
    layer = make().eval()
    other, x = copy.deepcopy(layer), torch.randn(5, 2, 3)
    torch.testing.assert_close(other(x), layer(x))
    with torch.no_grad():
        other.weight_hh_l0.add_(1)
    assert not torch.equal(other(x)[0], layer(x)[0])


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)
def test_a_state_dict_carries_everything_over(make):
    layer, other, x = make().eval(), make().eval(), torch.randn(5, 2, 3)
    assert not torch.equal(other(x)[0], layer(x)[0])
    other.load_state_dict({name: value.clone() for name, value in layer.state_dict().items()})
    torch.testing.assert_close(other(x), layer(x))


@pytest.mark.parametrize("make", MODULES.values(), ids=MODULES)
def test_a_layer_moves_to_another_type(make):
    layer, x = make().eval(), torch.randn(5, 2, 3)
    expected = layer(x)[0]
    output, state = layer.to(torch.float64)(x.double())
    assert {value.dtype for value in (output, *_parts(state), *layer.parameters())} == {torch.float64}
    torch.testing.assert_close(output.float(), expected)


@pytest.mark.parametrize("make", [partial(LSTM, layer_norm=True), partial(Recurrent, MinimalGated)])
def test_a_layer_is_made_in_the_type_that_is_asked_for(make):
    layer = make(3, 4, dtype=torch.float64)
    assert {parameter.dtype for parameter in layer.parameters()} == {torch.float64}


@pytest.mark.parametrize("path", PATHS)
def test_weights_can_be_given_from_outside(path):
    layer, x = _layer("lstm", path, 3, 4), torch.randn(5, 2, 3)
    other = {name: torch.randn_like(value) for name, value in layer.named_parameters()}
    found = torch.func.functional_call(layer, other, (x,))
    layer.load_state_dict(other)
    torch.testing.assert_close(found, layer(x))


def test_the_text_of_a_layer_tells_what_is_not_usual():
    assert LSTM(3, 4).extra_repr() == "3, 4"
    layer = LSTM(3, 4, 2, False, True, 0.5, True, 2, variational=True, weight_dropout=0.1)
    assert layer.extra_repr() == (
        "3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True, proj_size=2, "
        "variational=True, weight_dropout=0.1"
    )
    layer = LSTM(3, 3, zoneout=(0.1, 0.0), layer_norm=True, residual=True, orthogonal=True, forget_bias=1.0)
    text = layer.extra_repr()
    assert text == "3, 3, zoneout=(0.1, 0.0), layer_norm=True, residual=True, orthogonal=True, forget_bias=1.0"
    assert repr(layer).startswith(f"LSTM(\n  {text}\n")


def test_sizes_and_names_can_be_asked_for():
    layer = LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    assert (layer.num_directions, layer.output_size, layer.state_names) == (2, 2, ("h", "c"))
    assert (GRU(3, 4).num_directions, GRU(3, 4).output_size, GRU(3, 4).state_names) == (1, 4, ("h",))
    assert Recurrent(MinimalGated, 3, 4).state_names == ("h", "m")
    assert isinstance(Recurrent(partial(LSTMCell), 3, 4).cells[0], LSTMCell)


def test_resetting_starts_the_norms_afresh():
    layer = LSTM(3, 4, layer_norm=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(7.0)
    layer.reset_parameters()
    assert not any((parameter == 7.0).any() for parameter in layer.parameters())
    assert torch.equal(layer.norm_hh_l0.weight, torch.ones(16))
    assert torch.equal(layer.cells[0].norm_c.bias, torch.zeros(4))


def test_zoneout_may_be_a_list():
    assert LSTM(3, 4, zoneout=[0.5, 0.1]).zoneout == {"h": 0.5, "c": 0.1}
