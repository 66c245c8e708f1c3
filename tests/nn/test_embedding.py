"""Layers that read symbols: the same as an embedding before them."""

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from recurra.kernels import compiled
from recurra.nn import GRU, LSTM, RNN

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")

LAYERS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
SYMBOLS = 5
EACH_PATH = pytest.mark.parametrize("symbols", [SYMBOLS, 500], ids=["few symbols", "many symbols"])


def _problem(symbols=SYMBOLS, steps=9, size=4, inputs=6):
    torch.manual_seed(1)
    return torch.randint(symbols, (steps, size)), torch.randn(symbols, inputs, requires_grad=True)


def _assert_same(layer, given, embedded, vectors, **how):
    """Outputs, states and gradients of `layer(given, embedding=vectors)` are those of `layer(embedded)`."""
    results = []
    for run in (lambda: layer(given, embedding=vectors, **how), lambda: layer(embedded, **how)):
        output, state = run()
        output = output.data if isinstance(output, PackedSequence) else output
        parts = [output, *(state if isinstance(state, tuple) else (state,))]
        inputs = [vectors, *layer.parameters()]
        grads = torch.autograd.grad([part.square().sum() for part in parts], inputs, retain_graph=True)
        results.append([*parts, *grads])
    torch.testing.assert_close(*results, rtol=1e-4, atol=1e-5)


@EACH_PATH
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", LAYERS)
def test_symbols_give_what_their_vectors_give(kind, bidirectional, symbols):
    x, vectors = _problem(symbols)
    layer = LAYERS[kind](6, 7, 2, bidirectional=bidirectional)
    _assert_same(layer, x, F.embedding(x, vectors), vectors)


@EACH_PATH
def test_every_form_of_input_is_taken(symbols):
    x, vectors = _problem(symbols)
    embedded, lengths = F.embedding(x, vectors), torch.tensor([3, 9, 1, 9])
    layer, first = LSTM(6, 7), LSTM(6, 7, batch_first=True)
    _assert_same(layer, x[:, 0], embedded[:, 0], vectors)
    _assert_same(first, x.T, embedded.transpose(0, 1), vectors)
    _assert_same(layer, x, embedded, vectors, lengths=lengths)
    _assert_same(first, x.T, embedded.transpose(0, 1), vectors, lengths=lengths)
    packed, vectors_packed = (pack_padded_sequence(t, lengths, enforce_sorted=False) for t in (x, embedded))
    _assert_same(layer, packed, vectors_packed, vectors)


@pytest.mark.parametrize(
    "settings",
    [{"residual": True}, {"checkpoint_every": 4}, {"layer_norm": True}, {"proj_size": 3}, {"dtype": torch.float64}],
    ids=lambda settings: next(iter(settings)),
)
def test_every_setting_takes_symbols(settings):
    x, vectors = _problem(inputs=7)
    vectors = vectors.detach().to(settings.get("dtype", torch.float32)).requires_grad_()
    _assert_same(LSTM(7, 7, 2, **settings), x, F.embedding(x, vectors), vectors)


def test_symbols_of_any_whole_type_are_taken():
    x, vectors = _problem()
    layer = GRU(6, 7)
    torch.testing.assert_close(layer(x.int(), embedding=vectors), layer(x, embedding=vectors))


def test_a_trace_follows_symbols():
    x, vectors = _problem()
    layer = GRU(6, 7, 2)
    for given, embedded in [(x, F.embedding(x, vectors)), (x[:, 0], F.embedding(x[:, 0], vectors))]:
        found, expected = layer.trace(given, embedding=vectors), layer.trace(embedded)
        torch.testing.assert_close(found, expected)


def test_dropout_between_layers_is_that_of_vectors():
    x, vectors = _problem()
    layer = LSTM(6, 7, 2, dropout=0.5, weight_dropout=0.3)
    results = []
    for run in (lambda: layer(x, embedding=vectors), lambda: layer(F.embedding(x, vectors))):
        torch.manual_seed(2)
        results.append(run())
    torch.testing.assert_close(*results)


def test_without_gradients_a_changed_vector_is_noticed():
    x, vectors = _problem()
    layer = LSTM(6, 7)
    with torch.no_grad():
        for _ in range(2):
            torch.testing.assert_close(layer(x, embedding=vectors), layer(F.embedding(x, vectors)))
            vectors *= 2


@pytest.mark.skipif(not compiled.enabled(), reason="torch's own LSTM breaks graphs")
def test_a_layer_that_reads_symbols_compiles_to_one_graph():
    x, vectors = _problem()
    layer = LSTM(6, 7)
    whole = torch.compile(lambda x, v: layer(x, embedding=v), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(whole(x, vectors), layer(x, embedding=vectors))


@EACH_PATH
@pytest.mark.parametrize("kind", LAYERS)
def test_a_symbol_beyond_the_vectors_is_refused(kind, symbols):
    x, vectors = _problem(symbols)
    x[2, 1] = symbols
    with pytest.raises(IndexError):
        LAYERS[kind](6, 7)(x, embedding=vectors)


def test_what_is_no_symbol_is_refused():
    x, vectors = _problem()
    layer = LSTM(6, 7)
    with pytest.raises(ValueError, match="input: expected whole numbers"):
        layer(x.float(), embedding=vectors)
    with pytest.raises(ValueError, match=r"got torch.int64 of shape \(1, 9, 4\)"):
        layer(x[None], embedding=vectors)
    with pytest.raises(ValueError, match=r"embedding: expected vectors \(V, I\), got shape \(1, 5, 6\)"):
        layer(x, embedding=vectors[None])
    with pytest.raises(ValueError, match="input: expected 6 features in each step, got 5"):
        layer(x, embedding=vectors[:, :5])
