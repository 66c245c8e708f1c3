"""Layers of torch put on the compiled kernels in place: held to torch's own, and to all that people do to models."""

import abc
import copy
import io
import logging
import os
import pickle
import re
import subprocess
import sys
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import recurra
from recurra import kernels
from recurra.kernels import compiled
from recurra.nn.accelerate import left_alone, replaced, restore
from recurra.nn.accelerated_layers import cells, linear

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(not compiled.enabled(), reason="no compiled kernels here"),
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]

SEQUENCES = {"rnn": nn.RNN, "relu": partial(nn.RNN, nonlinearity="relu"), "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"rnn": nn.RNNCell, "relu": partial(nn.RNNCell, nonlinearity="relu"), "lstm": nn.LSTMCell, "gru": nn.GRUCell}
step_gains = cells.step_gains
MANY_ROWS = 64
is_short = kernels.is_short


class Tagger(nn.Module):
    """A model that knows nothing of Recurra."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.reader = nn.LSTM(6, 8, 2, bidirectional=True, batch_first=True, dropout=0.5)
        self.cells = nn.ModuleList([nn.GRUCell(16, 5), nn.RNNCell(16, 5)])
        self.head = nn.Linear(10, 3)

    def forward(self, symbols):
        x, _ = self.reader(self.embedding(symbols))
        steps = [torch.cat([cell(step) for cell in self.cells], -1) for step in x.unbind(1)]
        return self.head(torch.stack(steps, 1))


@pytest.fixture(autouse=True, scope="module")
def _no_size_is_too_small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "step_gains", lambda *sizes: True)
        patch.setattr(linear, "gains", lambda *sizes: True)
        yield


@pytest.fixture
def ran(monkeypatch):
    """The layers that ran on `kernels.sequence`."""
    taken, real = [], kernels.sequence
    monkeypatch.setattr(
        kernels, "sequence", lambda cell, *args, **more: (taken.append(cell.name), real(cell, *args, **more))[1]
    )
    return taken


def _pair(make, *args, **more):
    """A layer of torch's, and an accelerated copy of it."""
    layer = make(*args, **more)
    return layer, recurra.accelerate(copy.deepcopy(layer))


def _parts(value):
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [part for one in value for part in _parts(one)]


def _results(model, *leaves, run=None):
    """Everything that a call gives, and the gradient of a weighted sum of it by everything there is."""
    leaves = [leaf.detach().requires_grad_() for leaf in leaves]
    found = _parts((run or model)(*leaves))
    total = sum((v * torch.arange(v.numel(), dtype=v.dtype).cos().view_as(v)).sum() for v in found)
    wanted = [*leaves, *(p for p in model.parameters() if p.requires_grad)]
    return found, torch.autograd.grad(total, wanted)


def _close(found, expected):
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found[1], expected[1], rtol=1e-4, atol=1e-4)


# --- results ----------------------------------------------------------------------------------------------------------


@st.composite
def _sequence_cases(draw):
    kind, hidden = draw(st.sampled_from(sorted(SEQUENCES))), draw(st.integers(1, 20))
    more = {name: draw(st.booleans()) for name in ("bias", "batch_first", "bidirectional")}
    more["num_layers"] = draw(st.integers(1, 3))
    more["dropout"] = draw(st.sampled_from([0.0, 0.4])) if more["num_layers"] > 1 else 0.0
    if kind == "lstm" and hidden > 1:
        more["proj_size"] = draw(st.integers(0, hidden - 1))
    form = draw(st.sampled_from(["batch", "one sequence", "packed", "packed in any order"]))
    lengths = draw(st.lists(st.integers(1, 7), min_size=1, max_size=5))
    return kind, draw(st.integers(1, 20)), hidden, more, form, lengths, draw(st.booleans()), draw(st.booleans())


@settings(max_examples=150)
@given(case=_sequence_cases(), seed=st.integers(0, 99))
def test_outputs_states_and_gradients_of_a_layer_are_torchs(case, seed):
    kind, inputs, hidden, more, form, lengths, started, training = case
    torch.manual_seed(seed)
    layer, fast = _pair(SEQUENCES[kind], inputs, hidden, **more)
    size = 1 if form == "one sequence" else len(lengths)
    shape = (size, max(lengths)) if more["batch_first"] else (max(lengths), size)
    x, states = torch.randn(*shape, inputs), []
    if started:
        count = more["num_layers"] * (1 + more["bidirectional"])
        widths = [more.get("proj_size") or hidden, hidden][: 1 + (kind == "lstm")]
        states = [torch.randn(count, size, width) for width in widths]
    if form == "one sequence":
        x, states = x.squeeze(0 if more["batch_first"] else 1), [state.squeeze(1) for state in states]
    if form == "packed":
        lengths = sorted(lengths, reverse=True)
    order = {"batch_first": more["batch_first"], "enforce_sorted": form == "packed"}

    def run(model, x, *states):
        x = pack_padded_sequence(x, torch.tensor(lengths), **order) if form.startswith("packed") else x
        return model(x, (states if kind == "lstm" else states[0]) if states else None)

    results = []
    for one in (fast.train(training), layer.train(training)):
        torch.manual_seed(seed)
        results.append(_results(one, x, *states, run=partial(run, one)))
    _close(*results)
    with torch.no_grad():
        torch.testing.assert_close(_parts(run(fast.eval(), x, *states)), _parts(run(layer.eval(), x, *states)))


@settings(max_examples=60)
@given(
    kind=st.sampled_from(sorted(CELLS)),
    sizes=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    batch=st.sampled_from([None, 1, 3, 32, 40]),
    bias=st.booleans(),
    started=st.booleans(),
)
def test_outputs_and_gradients_of_a_cell_are_torchs(kind, sizes, batch, bias, started):
    torch.manual_seed(1)
    layer, fast = _pair(CELLS[kind], *sizes, bias=bias)
    rows = () if batch is None else (batch,)
    states = [torch.randn(*rows, sizes[1]) for _ in range(started * (1 + (kind == "lstm")))]
    run = lambda one: lambda x, *states: one(x, (states if kind == "lstm" else states[0]) if states else None)  # noqa: E731
    x = torch.randn(*rows, sizes[0])
    _close(*(_results(one, x, *states, run=run(one)) for one in (fast, layer)))


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("kind", SEQUENCES)
def test_layers_and_cells_run_on_the_kernels_where_they_gain(kind, learns, ran, monkeypatch):
    layer, cell = recurra.accelerate(SEQUENCES[kind](3, 4)), recurra.accelerate(CELLS[kind](3, 4))
    first = recurra.accelerate(SEQUENCES[kind](3, 4, batch_first=True))
    monkeypatch.setattr(cells, "step_gains", lambda rows, gates, learns: rows >= MANY_ROWS)
    monkeypatch.setattr(kernels, "is_short", is_short)
    for part in (layer, first):
        part.requires_grad_(learns)
    layer(torch.randn(12, 1, 3))
    layer(torch.randn(12, 3))
    first(torch.randn(1, 12, 3))
    layer(torch.randn(2, 500, 3))
    layer(pack_padded_sequence(torch.randn(2, 999, 3), torch.tensor([2] + [1] * 998)))
    cell(torch.randn(MANY_ROWS, 3))
    assert len(ran) == 6
    layer(torch.randn(1, 2, 3))
    first(torch.randn(2, 1, 3))
    layer(pack_padded_sequence(torch.randn(1, 3, 3), torch.tensor([1, 1, 1])))
    assert len(ran) == 6 + 3 * (kind == "lstm")
    cell(torch.randn(MANY_ROWS - 1, 3))
    assert len(ran) == 6 + 3 * (kind == "lstm")


def test_a_step_gains_beside_mkl_where_nothing_is_learnt_and_packed_weights_serve_many_rows(monkeypatch):
    monkeypatch.setattr(compiled, "has_mkl_at_home", lambda: True)
    assert step_gains(64, 2048, learns=False)
    assert not step_gains(64, 2048, learns=True)
    assert not step_gains(63, 2048, learns=False)
    assert not step_gains(64, 512, learns=False)
    assert not step_gains(64, 4096, learns=False)
    monkeypatch.setattr(compiled, "has_mkl_at_home", lambda: False)
    assert step_gains(64, 384, learns=True)
    assert not step_gains(64, 383, learns=True)


def test_a_nonlinearity_that_there_is_not_has_torchs_error(monkeypatch):
    monkeypatch.setattr(cells, "step_gains", step_gains)
    with pytest.raises(RuntimeError, match="Unknown nonlinearity"):
        recurra.accelerate(nn.RNNCell(3, 4, nonlinearity="sine"))(torch.randn(2, 3))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_large_cell_runs_on_the_kernels_where_nothing_is_learnt(kind, ran, monkeypatch):
    monkeypatch.setattr(cells, "step_gains", step_gains)
    monkeypatch.setattr(compiled, "has_mkl_at_home", lambda: True)
    cell = recurra.accelerate(CELLS[kind](3, 512))
    cell(torch.randn(64, 3))
    assert not ran
    with torch.no_grad():
        cell(torch.randn(64, 3))
    assert len(ran) == 1


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"num_layers": 2, "bidirectional": True}], ids=str)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", ["rnn", "relu", "gru"])
def test_short_sequences_are_torchs(kind, batch_first, settings, started, monkeypatch):
    monkeypatch.setattr(kernels, "is_short", is_short)
    torch.manual_seed(1)
    layer, fast = _pair(SEQUENCES[kind], 3, 4, batch_first=batch_first, **settings)
    x = torch.randn((5, 1, 3) if batch_first else (1, 5, 3))
    states = [torch.randn(4 if "num_layers" in settings else 1, 5, 4)] if started else []
    _close(*(_results(one, x, *states) for one in (fast, layer)))


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_short_sequences_that_torch_refuses_are_refused_in_its_words(kind, monkeypatch):
    monkeypatch.setattr(kernels, "is_short", is_short)
    layer, fast = _pair(SEQUENCES[kind], 3, 4)
    x, state = torch.randn(1, 2, 3), torch.randn(1, 2, 4)
    wrong = [
        (x[..., :2], None),
        (x, state[:, :1]),
        (x, (state, state)),
        (x[0, 0], None),
        (x.double(), None),
        (x, state[0]),
    ]
    for arguments in wrong:
        with pytest.raises(Exception) as refused:  # noqa: PT011
            layer(*arguments)
        with pytest.raises(refused.type, match=re.escape(str(refused.value))):
            fast(*arguments)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_results_may_be_changed_in_place_and_lie_as_torchs(kind):
    layer, fast = _pair(SEQUENCES[kind], 3, 4, 2, batch_first=True, bidirectional=True)
    x = torch.randn(2, 5, 3)
    assert [part.stride() for part in _parts(fast(x))] == [part.stride() for part in _parts(layer(x))]

    def run(one):
        output, state = one(x)
        for part in _parts(state):
            part.add_(1)
        return output.mul_(2), state

    _close(*(_results(one, run=partial(run, one)) for one in (fast, layer)))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_the_state_of_a_cell_may_be_changed_in_place(kind):
    layer, fast = _pair(CELLS[kind], 3, 4)
    x = torch.randn(40, 3)
    _close(*(_results(one, run=lambda one=one: _parts(one(x))[0].mul_(2)) for one in (fast, layer)))


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 2, 7),)),
        (lambda: nn.LSTM(3, 4), (torch.zeros(3),)),
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 2, 3, dtype=torch.float64),)),
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 3, 4)))),
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 2, 3), (torch.zeros(2, 4), torch.zeros(2, 4)))),
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)))),
        (lambda: nn.GRU(3, 4), (torch.zeros(5, 2, 3), torch.zeros(1, 3, 4))),
        (lambda: nn.GRU(3, 4), (torch.zeros(5, 2, 3), torch.zeros(1, 4))),
        (lambda: nn.GRU(3, 4), (torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4),))),
        (lambda: nn.LSTM(3, 4), (torch.zeros(5, 2, 3), torch.zeros(1, 2, 4))),
        (lambda: nn.RNN(3, 4), (pack_padded_sequence(torch.zeros(5, 2, 7), torch.tensor([5, 3])),)),
        (lambda: nn.LSTMCell(3, 4), (torch.zeros(32, 7),)),
        (lambda: nn.LSTMCell(3, 4), (torch.tensor(1.0),)),
        (lambda: nn.LSTMCell(3, 4), (torch.zeros(32, 3), (torch.zeros(31, 4), torch.zeros(32, 4)))),
        (lambda: nn.GRUCell(3, 4), (torch.zeros(32, 3, 1),)),
        (lambda: nn.RNNCell(3, 4), (torch.zeros(32, 3), torch.zeros(32, 5))),
    ],
)
def test_errors_are_torchs_to_the_letter(make, call):
    layer, fast = _pair(make)
    with pytest.raises((ValueError, RuntimeError, AttributeError, IndexError)) as expected:
        layer(*call)
    with pytest.raises(type(expected.value)) as found:
        fast(*call)
    assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_a_batch_of_nothing_is_torchs(kind):
    layer, fast = _pair(SEQUENCES[kind], 3, 4)
    torch.testing.assert_close(fast(torch.zeros(5, 0, 3)), layer(torch.zeros(5, 0, 3)))
    cell, fast = _pair(CELLS[kind], 3, 4)
    torch.testing.assert_close(fast(torch.zeros(0, 3)), cell(torch.zeros(0, 3)))


def test_an_input_that_is_negated_lazily_is_read_as_what_it_is(ran):
    layer, fast = _pair(nn.GRU, 3, 4)
    x = torch._neg_view(torch.randn(5, 2, 3))
    torch.testing.assert_close(fast(x), layer(x))
    assert not ran


# --- what is replaced, and what is not --------------------------------------------------------------------------------


def test_a_model_stays_itself_and_shows_what_was_replaced():
    model = Tagger()
    before = {name: id(value) for name, value in model.state_dict(keep_vars=True).items()}
    assert recurra.accelerate(model) is model
    assert {name: id(value) for name, value in model.state_dict(keep_vars=True).items()} == before
    found = replaced(model)
    found.pop("head", None)  # where a kernel for it is here
    assert found == {"reader": "LSTM", "cells.0": "GRUCell", "cells.1": "RNNCell"}
    assert "(reader): AcceleratedLSTM(6, 8, num_layers=2, batch_first=True" in repr(model)
    assert isinstance(model.reader, nn.LSTM)


def test_a_layer_may_be_the_model():
    layer = nn.LSTM(64, 128, 2, bidirectional=True)
    assert repr(recurra.accelerate(layer)) == "AcceleratedLSTM(64, 128, num_layers=2, bidirectional=True)"
    assert replaced(layer) == {"": "LSTM"}


def test_a_report_says_what_was_done():
    class Own(nn.LSTM):
        def forward(self, x):
            return x

    model, texts = nn.Sequential(nn.LSTM(3, 4), Own(4, 4)), []
    recurra.accelerate(model, report=texts.append)
    recurra.accelerate(model, report=texts.append)
    recurra.accelerate(nn.ReLU(), report=texts.append)
    assert texts == [
        "recurra.accelerate: 1 replaced, 0 replaced before, 1 left alone\n"
        "  0: LSTM replaced\n"
        "  1: left alone, Own has a forward of its own",
        "recurra.accelerate: 0 replaced, 1 replaced before, 1 left alone\n"
        "  1: left alone, Own has a forward of its own",
        "recurra.accelerate: 0 replaced, 0 replaced before, 0 left alone\n"
        "  the model holds no layer that can be replaced",
    ]


def test_a_second_time_changes_nothing():
    model = recurra.accelerate(Tagger())
    kinds = [type(module) for module in model.modules()]
    assert [type(module) for module in recurra.accelerate(model).modules()] == kinds


def test_a_layer_in_two_places_is_replaced_once():
    layer = nn.GRU(4, 4)
    model = recurra.accelerate(nn.ModuleList([layer, layer]))
    assert model[0] is model[1] is layer
    assert replaced(model) == {"0": "GRU"}


def test_a_forward_of_ones_own_is_left_alone():
    class Own(nn.GRU):
        def forward(self, x):
            return "its own"

    class Padded(nn.GRU):
        def check_forward_args(self, *args):
            return None

    model = nn.ModuleList([Own(3, 4), nn.GRU(3, 4), Padded(3, 4)])
    model[1].forward = lambda x: "mine"
    recurra.accelerate(model)
    assert [type(module) for module in model] == [Own, nn.GRU, Padded]
    assert (model[0](torch.zeros(5, 2, 3)), model[1](torch.zeros(5, 2, 3))) == ("its own", "mine")
    assert left_alone(model) == {
        "0": "Own has a forward of its own",
        "1": "its forward was replaced on the object",
        "2": "Padded has a check_forward_args of its own",
    }


class Counting(abc.ABC):
    """What a library puts beside torch's layers."""

    @abc.abstractmethod
    def parts(self, state): ...


class CountingLSTM(Counting, nn.LSTM):
    """A subclass that keeps torch's `forward`."""

    def parts(self, state):
        return len(state)


class NamedGRU(nn.GRU):
    def __init__(self, *args, name="reader", **more):
        super().__init__(*args, **more)
        self.name = name


class PaddedLSTM(Counting, nn.LSTM):
    """A subclass that does more around torch's `forward`, as that of pytorch-forecasting does."""

    def parts(self, state):
        return len(state)

    def forward(self, x, hx=None, lengths=None):
        if lengths is None:
            return super().forward(x, hx=hx)
        y, state = super().forward(pack_padded_sequence(x, lengths, enforce_sorted=False), hx=hx)
        return nn.utils.rnn.pad_packed_sequence(y)[0] * 2, state


class NamedCell(nn.LSTMCell):
    def twice(self, x):
        return self(x, self(x))


class NamedLinear(nn.Linear):
    pass


SUBCLASSES = {
    CountingLSTM: ((3, 4), (5, 2, 3)),
    NamedGRU: ((3, 4), (5, 2, 3)),
    PaddedLSTM: ((3, 4), (5, 2, 3)),
    NamedCell: ((3, 4), (40, 3)),
    NamedLinear: ((3, 4), (40, 3)),
}


@pytest.mark.parametrize("cls", SUBCLASSES)
def test_a_subclass_that_keeps_or_calls_torchs_forward_is_taken_in(cls, ran):
    sizes, shape = SUBCLASSES[cls]
    layer, fast = _pair(cls, *sizes)
    assert replaced(fast) == {"": cls.__name__}
    assert isinstance(fast, cls)
    assert repr(fast).startswith(f"Accelerated{cls.__name__}(")
    x = torch.randn(shape)
    _close(*(_results(one, x) for one in (fast, layer)))
    assert bool(ran) == (cls is not NamedLinear)
    file = io.BytesIO()
    torch.save(fast, file)
    file.seek(0)
    for other in (copy.deepcopy(fast), copy.copy(fast), torch.load(file, weights_only=False)):
        assert type(other) is type(fast)
        torch.testing.assert_close(other(x), layer(x))
        assert vars(other).keys() == vars(fast).keys()
    assert type(restore(fast)) is cls
    torch.testing.assert_close(fast(x), layer(x))


def test_a_subclass_keeps_its_own_methods():
    layer = recurra.accelerate(CountingLSTM(3, 4))
    assert layer.parts(layer(torch.randn(5, 2, 3))[1]) == 2
    assert recurra.accelerate(NamedGRU(3, 4, name="other")).name == "other"
    layer, x = PaddedLSTM(3, 4), torch.randn(5, 2, 3)
    lengths = torch.tensor([3, 5])
    torch.testing.assert_close(recurra.accelerate(copy.deepcopy(layer))(x, lengths=lengths), layer(x, lengths=lengths))
    cell = NamedCell(3, 4)
    fast, x = recurra.accelerate(copy.deepcopy(cell)), torch.randn(40, 3)
    torch.testing.assert_close(fast.twice(x), cell.twice(x))


def test_a_parametrized_subclass_is_taken_in_and_goes_back():
    layer = NamedGRU(3, 4)
    parametrizations.weight_norm(layer, "weight_hh_l0")
    x = torch.randn(5, 2, 3)
    expected = layer(x)
    recurra.accelerate(layer)
    assert replaced(layer) == {"": "NamedGRU"}
    torch.testing.assert_close(layer(x), expected)
    assert isinstance(restore(layer), NamedGRU)
    assert replaced(layer) == {}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_quantized_scripted_and_traced_layers_are_named_and_left_alone():
    plain = nn.Sequential(nn.LSTM(3, 4))
    quantized = torch.ao.quantization.quantize_dynamic(plain, {nn.LSTM})
    scripted = torch.jit.script(Tagger())
    traced = torch.jit.trace(nn.Linear(3, 4), torch.ones(2, 3))
    model, texts = nn.ModuleList([quantized, scripted, traced, nn.LazyLinear(4), nn.ReLU()]), []
    model.append(nn.MultiheadAttention(4, 2))
    recurra.accelerate(model, report=texts.append)
    assert replaced(model) == {}
    assert not isinstance(quantized[0], nn.LSTM)
    assert left_alone(model) == {
        "0.0": "it is quantized",
        "1.reader": "it is a scripted or traced LSTM",
        "1.cells.0": "it is a scripted or traced GRUCell",
        "1.cells.1": "it is a scripted or traced RNNCell",
        "1.head": "it is a scripted or traced Linear",
        "2": "it is a scripted or traced Linear",
        "3": "it does not know its size yet",
        "5.out_proj": "torch.nn.MultiheadAttention reads its weights itself",
    }
    assert "1.reader: left alone, it is a scripted or traced LSTM" in texts[0]


def test_only_a_module_can_be_accelerated():
    with pytest.raises(TypeError, match=r"model: expected a torch\.nn\.Module, got int"):
        recurra.accelerate(3)


def test_it_can_be_undone():
    model = restore(recurra.accelerate(Tagger()))
    assert repr(model) == repr(Tagger())
    assert replaced(model) == {}


def test_without_kernels_nothing_is_replaced_and_it_is_said(monkeypatch, caplog):
    monkeypatch.setattr(compiled, "_loaded", None)
    monkeypatch.setattr(compiled, "_reason", "turned off by RECURRA_KERNELS=off")
    texts = []
    with caplog.at_level(logging.WARNING):
        model = recurra.accelerate(nn.LSTM(3, 4))
    recurra.accelerate(model, report=texts.append)
    assert type(model) is nn.LSTM
    assert "replaced nothing: compiled kernels are turned off by RECURRA_KERNELS=off" in caplog.text
    assert "the model: left alone, compiled kernels are turned off by RECURRA_KERNELS=off" in texts[0]


def test_the_environment_turns_it_off():
    code = "import torch, recurra; print(recurra.accelerate(torch.nn.LSTM(3, 4)))"
    env = os.environ | {"RECURRA_KERNELS": "off"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "LSTM(3, 4)\n"
    assert "turned off by RECURRA_KERNELS=off" in done.stderr


# --- Linear -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5,), (7, 5), (2, 3, 5), (0, 5)])
def test_linear_is_torchs(shape, bias):
    layer, fast = _pair(nn.Linear, 5, 4, bias=bias)
    assert replaced(fast) == {"": "Linear"}
    x = torch.randn(shape)
    _close(*(_results(one, x) for one in (fast, layer)))


@pytest.fixture
def linear_calls(monkeypatch):
    """The shapes that the kernel is asked to multiply."""
    calls, own = [], kernels.linear
    monkeypatch.setattr(kernels, "linear", lambda x, *rest: calls.append(x.shape) or own(x, *rest))
    return calls


def test_linear_runs_on_the_kernel_where_the_kernel_serves(linear_calls):
    layer, fast = _pair(nn.Linear, 5, 4)
    x = torch.randn(2, 3, 5)
    torch.testing.assert_close(fast(x), layer(x))
    assert linear_calls == [(2, 3, 5)]
    assert fast.double()(x.double()).dtype == torch.float64
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        layer(torch.randn(2, 6))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        fast.float()(torch.randn(2, 6))


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_lazy_linear_is_taken_in_when_it_knows_its_size(linear_calls):
    model = nn.Sequential(nn.LazyLinear(4))
    recurra.accelerate(model)
    model(torch.randn(2, 5))
    assert type(model[0]) is nn.Linear
    assert replaced(recurra.accelerate(model)) == {"0": "Linear"}


@pytest.mark.filterwarnings("ignore:.*nested tensors")
@pytest.mark.parametrize("training", [True, False])
def test_a_transformer_layer_keeps_its_ways(training, linear_calls):
    torch.manual_seed(1)
    layer, fast = _pair(nn.TransformerEncoderLayer, 8, 2, 16, dropout=0.0, batch_first=True)
    assert replaced(fast) == {"linear1": "Linear", "linear2": "Linear"}
    x = torch.randn(2, 5, 8)
    with torch.set_grad_enabled(training):
        torch.testing.assert_close(fast.train(training)(x), layer.train(training)(x))
    assert len(linear_calls) == (2 if training else 0)  # the fast path reads the weights


# --- what people do to models -----------------------------------------------------------------------------------------


def _both_learn(model, fast, x, optimizers=None):
    """Take three steps with each; the weights stay together."""
    for one in (model, fast):
        optimizer = (optimizers or {}).get(one) or torch.optim.SGD(one.parameters(), 0.1)
        for _ in range(3):
            optimizer.zero_grad()
            torch.manual_seed(3)
            one(x).square().mean().backward()
            optimizer.step()
    torch.testing.assert_close(fast.state_dict(), model.state_dict())


def test_an_optimizer_made_before_goes_on():
    torch.manual_seed(1)
    model = Tagger()
    fast = copy.deepcopy(model)
    optimizers = {one: torch.optim.Adam(one.parameters()) for one in (model, fast)}
    symbols = torch.randint(11, (40, 5))
    _both_learn(model, recurra.accelerate(fast), symbols, optimizers)
    model.load_state_dict(fast.state_dict())


def test_hooks_made_before_and_after_are_called():
    layer, seen = nn.LSTM(3, 4), []
    layer.register_forward_pre_hook(lambda *_: seen.append("before"))
    recurra.accelerate(layer).register_forward_hook(lambda *_: seen.append("after"))
    layer.register_full_backward_hook(lambda *_: seen.append("gradient"))
    layer(torch.randn(5, 2, 3).requires_grad_())[0].sum().backward()
    assert seen == ["before", "after", "gradient"]


CHANGES = {
    "weight norm": partial(parametrizations.weight_norm, name="weight_hh_l0"),
    "spectral norm": partial(parametrizations.spectral_norm, name="weight_hh_l0"),
    "old weight norm": partial(nn.utils.weight_norm, name="weight_hh_l0"),
    "pruned": partial(prune.l1_unstructured, name="weight_hh_l0", amount=0.3),
}


@pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated:FutureWarning")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_weights_may_be_made_of_others(change, when, ran):
    torch.manual_seed(1)
    layer = nn.LSTM(3, 4)
    fast = copy.deepcopy(layer)
    for one in (layer, fast):
        torch.manual_seed(2)
        if one is fast and when == "after":
            recurra.accelerate(fast)
        change(one)
    recurra.accelerate(fast)
    assert replaced(fast) == {"": "LSTM"}
    x = torch.randn(5, 2, 3)
    for _ in range(2):  # the second time with other weights
        _close(*(_results(one, x) for one in (fast, layer)))
        with torch.no_grad():
            for one in (layer, fast):
                for p in one.parameters():
                    p.mul_(1.5)
    assert ran == ["lstm"] * 2
    if parametrize.is_parametrized(fast):
        parametrize.remove_parametrizations(fast, "weight_hh_l0")
        assert type(fast).__name__ == "AcceleratedLSTM"
        assert type(restore(fast)) is nn.LSTM


def test_a_parametrized_layer_goes_back_to_torchs():
    layer = parametrizations.weight_norm(nn.GRU(3, 4), "weight_hh_l0")
    x = torch.randn(5, 2, 3)
    other = copy.deepcopy(layer)
    expected = layer(x)
    restore(recurra.accelerate(layer))
    assert type(layer).__name__ == "ParametrizedGRU"
    assert replaced(layer) == replaced(other) == {}
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("make", [lambda: nn.LSTM(3, 4, 2), lambda: nn.GRUCell(3, 4)], ids=["layer", "cell"])
def test_copies_and_files_hold_accelerated_layers(make):
    fast = recurra.accelerate(nn.Sequential(make()))
    x = torch.randn(40, 2, 3) if isinstance(fast[0], nn.RNNBase) else torch.randn(40, 3)
    file = io.BytesIO()
    torch.save(fast, file)
    file.seek(0)
    for other in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast)), torch.load(file, weights_only=False)):
        assert replaced(other) == replaced(fast)
        torch.testing.assert_close(other(x), fast(x))
        with torch.no_grad():
            next(other.parameters()).add_(1)
        assert not torch.equal(_parts(other(x))[0], _parts(fast(x))[0])


def test_a_replica_for_data_parallel_runs():
    fast = recurra.accelerate(nn.LSTM(3, 4))
    replica = fast._replicate_for_data_parallel()
    for name, parameter in fast.named_parameters():
        setattr(replica, name, parameter.detach() * 2)
    x = torch.randn(5, 2, 3)
    doubled = copy.deepcopy(fast)
    with torch.no_grad():
        for parameter in doubled.parameters():
            parameter.mul_(2)
    torch.testing.assert_close(replica(x), doubled(x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.half], ids=str)
def test_a_layer_moves_to_another_type_and_back(dtype, ran):
    layer, fast = _pair(nn.LSTM, 3, 4, 2)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(fast.to(dtype)(x.to(dtype)), layer.to(dtype)(x.to(dtype)))
    assert not ran
    torch.testing.assert_close(fast.float()(x), layer.float()(x))
    assert ran


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_under_autocast_results_are_torchs_within_rounding_and_of_its_type(kind, dtype, ran):
    layer, fast = _pair(kind, 3, 4, 2)
    x = torch.randn(5, 2, 3, dtype=dtype)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(fast(x), layer(x), rtol=0, atol=0.02)
    assert len(ran) == 2


def test_under_autocast_cells_are_torchs_own(ran):
    cell, fast_cell = _pair(nn.GRUCell, 3, 4)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(fast_cell(torch.ones(40, 3)), cell(torch.ones(40, 3)))
    assert not ran


def test_under_autocast_to_another_type_layers_are_torchs_own(ran):
    layer, fast = _pair(nn.GRU, 3, 4)
    with torch.autocast("cpu", torch.float16):
        torch.testing.assert_close(fast(torch.ones(5, 2, 3)), layer(torch.ones(5, 2, 3)))
    assert not ran


def test_weights_can_be_given_from_outside(ran):
    layer, fast = _pair(nn.LSTM, 3, 4)
    other = {name: torch.randn_like(value) for name, value in layer.named_parameters()}
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(
        torch.func.functional_call(fast, other, (x,)), torch.func.functional_call(layer, other, (x,))
    )
    assert ran == ["lstm"]


@pytest.mark.parametrize("transform", [torch.func.grad, torch.func.jacrev])
def test_functional_gradients_are_torchs(transform):
    layer, fast = _pair(nn.GRUCell, 3, 4)
    x, found = torch.randn(40, 3), []
    for one in (fast, layer):
        loss = lambda weights, one=one: torch.func.functional_call(one, weights, (x,)).square().sum()  # noqa: E731
        found.append(transform(loss)({name: value.detach() for name, value in one.named_parameters()}))
    torch.testing.assert_close(*found)


def test_gradients_can_be_recomputed_and_differentiated_again():
    layer, fast = _pair(nn.GRU, 3, 4)
    x = torch.randn(5, 2, 3, requires_grad=True)
    found = []
    for one in (fast, layer):
        y, _ = torch.utils.checkpoint.checkpoint(one, x, use_reentrant=False)
        (gradient,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        found.append(torch.autograd.grad(gradient.square().sum(), [x, *one.parameters()]))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_a_model_can_be_exported_without_needing_recurra():
    model = Tagger().eval()
    symbols = torch.randint(11, (40, 5))
    expected = model(symbols)
    program = torch.export.export(recurra.accelerate(model), (symbols,))
    assert "recurra" not in str(program.graph)
    torch.testing.assert_close(program.module()(symbols), expected)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("write", [torch.jit.script, partial(torch.jit.trace, example_inputs=torch.ones(5, 2, 3))])
def test_a_model_can_be_scripted_or_traced_without_needing_recurra(write):
    layer, fast = _pair(nn.LSTM, 3, 4, 2)
    x, model = torch.randn(5, 2, 3), nn.Sequential(fast)
    written = write(model)
    assert "recurra::" not in str(written.inlined_graph)
    torch.testing.assert_close(written(x), layer(x))
    torch.testing.assert_close(model(x), layer(x))
    assert type(fast).__name__ == "AcceleratedLSTM"


def test_a_graph_of_modules_keeps_the_layers_whole():
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.reader = nn.GRU(3, 4)

        def forward(self, x):
            return self.reader(x)[0]

    model = recurra.accelerate(Reader())
    graph = torch.fx.symbolic_trace(model)
    assert [node.target for node in graph.graph.nodes if node.op == "call_module"] == ["reader"]
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(graph(x), model(x))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_a_model_can_be_compiled():
    torch.manual_seed(1)
    model = Tagger().eval()
    symbols = torch.randint(11, (40, 3))
    expected = model(symbols)
    fast = torch.compile(recurra.accelerate(model), backend="aot_eager")
    torch.testing.assert_close(fast(symbols), expected)
    fast(symbols).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
