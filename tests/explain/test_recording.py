import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import recurra
from recurra.explain.recorded_calls import CellSteps, LayerCall
from recurra.explain.recording import Recorder


def recorded(model, *args, cells=(), **kwargs):
    with Recorder(model, cells) as recorder:
        result = model(*args, **kwargs)
    return recorder.calls, result


def hooks_of(model):
    return [h for module in model.modules() for h in (module._forward_hooks, module._forward_pre_hooks) if h]


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU, recurra.nn.RNN, recurra.nn.LSTM, recurra.nn.GRU])
def test_outputs_are_equal_bit_for_bit_and_hooks_are_gone(layer):
    torch.manual_seed(0)
    model = layer(3, 5, num_layers=2, dropout=0.5)
    x = torch.randn(7, 2, 3)
    torch.manual_seed(1)
    plain, _ = model(x)
    torch.manual_seed(1)
    calls, (output, _) = recorded(model, x)
    assert torch.equal(plain, output)
    assert not hooks_of(model)
    assert torch.equal(calls[0].output, output)


def test_hooks_are_gone_after_an_error():
    model = nn.LSTM(3, 5)
    with pytest.raises(RuntimeError):
        recorded(model, torch.randn(7, 2, 4))
    assert not hooks_of(model)


def test_a_call_tells_what_it_was():
    model = nn.Sequential(nn.LSTM(3, 5, num_layers=2, bidirectional=True, batch_first=True))
    (call,), _ = recorded(model, torch.randn(2, 7, 3))
    assert isinstance(call, LayerCall)
    assert (call.name, call.module, call.kind) == ("0", model[0], "LSTM")
    assert (call.layers, call.directions, call.steps, call.sequences) == (2, 2, 7, 2)
    assert call.batch_first
    assert call.lengths is None
    assert call.output.shape == (7, 2, 10)
    assert [state.shape for state in call.initial] == [(4, 2, 5), (4, 2, 5)]


@pytest.mark.parametrize("layer", [nn.GRU, recurra.nn.GRU])
def test_gradients_of_outputs_and_final_states_come_in(layer):
    model = layer(3, 5)
    (call,), (output, final) = recorded(model, torch.randn(7, 2, 3))
    ((output**2).sum() + 3 * final.sum()).backward()
    assert torch.allclose(call.output_grad, 2 * output)
    assert torch.equal(call.final_grads[0], torch.full((1, 2, 5), 3.0))


def test_gradients_are_those_of_outputs_before_these_are_changed_in_place():
    model = nn.RNN(3, 5)
    (call,), (output, _) = recorded(model, torch.randn(7, 2, 3))
    before = output.detach().clone()
    output.mul_(2).sum().backward()
    assert torch.equal(call.output_grad, torch.full((7, 2, 5), 2.0))
    assert torch.equal(call.output, before)


def test_packed_sequences_are_padded_in_the_order_of_the_caller():
    model = nn.LSTM(3, 5)
    x, lengths = torch.randn(7, 3, 3), torch.tensor([4, 7, 2])
    (call,), (output, _) = recorded(model, pack_padded_sequence(x, lengths, enforce_sorted=False))
    output.data.sum().backward()
    assert torch.equal(call.lengths, lengths)
    assert torch.equal(call.output_grad[:, 0, 0], torch.tensor([1.0, 1, 1, 1, 0, 0, 0]))
    alone, _ = model(x[:4, :1])
    assert torch.allclose(call.output[:4, :1], alone, atol=1e-6)


def test_packed_symbols_that_the_layer_looks_up():
    """As a tagger reads its words: more rows than there are vectors."""
    torch.manual_seed(0)
    model, vectors = recurra.nn.GRU(3, 5), torch.randn(2, 3)
    symbols = torch.tensor([[0, 1, 1], [1, 0, 0]])  # (T, B) is (3, 2) below
    packed = pack_padded_sequence(symbols.T, torch.tensor([2, 3]), enforce_sorted=False)
    (call,), (output, _) = recorded(model, packed, embedding=vectors)
    assert call.lengths.tolist() == [2, 3]
    assert torch.equal(call.output, nn.utils.rnn.pad_packed_sequence(output)[0])


def test_one_sequence_without_a_batch():
    model = nn.GRU(3, 5, batch_first=True)
    (call,), (output, final) = recorded(model, torch.randn(7, 3))
    (output.sum() + final.sum()).backward()
    assert call.output.shape == call.output_grad.shape == (7, 1, 5)
    assert call.final_grads[0].shape == (1, 1, 5)


class Loop(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        state = None
        for step in x:
            state = self.cell(step, state)
        return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize(
    ("cell", "kind", "names"),
    [(nn.LSTMCell, "LSTM", ["h", "c"]), (nn.GRUCell, "GRU", ["h"]), (nn.RNNCell, "RNN_TANH", ["h"])],
)
def test_cells_in_a_loop_of_the_model_are_one_call(cell, kind, names):
    model = Loop(cell(3, 5))
    (call,), h = recorded(model, torch.randn(7, 2, 3))
    h.sum().backward()
    assert isinstance(call, CellSteps)
    assert (call.name, call.kind, call.steps, call.sequences) == ("cell", kind, 7, 2)
    assert list(call.states[0]) == names
    assert torch.equal(call.grads[-1]["h"], torch.ones(2, 5))
    assert call.grads[0]["h"].abs().sum() > 0


class OwnCell(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 5)

    def forward(self, x, h):
        h = torch.zeros(len(x), 5) if h is None else h
        return self.linear(torch.cat([x, h], -1)).tanh()


@pytest.mark.parametrize("cells", [["cell"], [OwnCell]])
def test_cells_of_the_users_own_are_named(cells):
    model = Loop(OwnCell())
    (call,), _ = recorded(model, torch.randn(7, 2, 3), cells=cells)
    assert (call.name, call.kind, call.steps) == ("cell", "OwnCell", 7)


def test_a_model_without_recurrent_layers_is_refused():
    with pytest.raises(ValueError, match="expected recurrent layers, got none in Linear"):
        Recorder(nn.Linear(3, 5))
    with pytest.raises(ValueError, match="cells: expected"):
        Recorder(nn.Linear(3, 5), ["nothing"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_a_compiled_model_is_refused():
    with pytest.raises(ValueError, match=r"torch\.compile"):
        Recorder(torch.compile(nn.LSTM(3, 5)))
    model = nn.Sequential(nn.LSTM(3, 5))
    model[0].compile()
    with pytest.raises(ValueError, match=r"part '0'"):
        Recorder(model)
