import pytest
import torch

from recurra.nn import GRU, LSTM, RNN, Cell, Recurrent
from recurra.nn.recurrent.checkpointing import backwards


class Leaky(Cell):
    def forward(self, x, u, state):
        return {"h": 0.9 * state["h"] + 0.1 * torch.tanh(x["h"] + u["h"])}


LAYERS = {
    "rnn": lambda **more: RNN(3, 5, 2, **more),
    "lstm": lambda **more: LSTM(3, 5, 2, **more),
    "gru": lambda **more: GRU(3, 5, 2, **more),
    "projected": lambda **more: LSTM(3, 5, 2, proj_size=2, **more),
    "normalised": lambda **more: LSTM(3, 5, 2, layer_norm=True, **more),
    "own": lambda **more: Recurrent(Leaky, 3, 5, 2, **more),
}


@pytest.mark.parametrize("lengths", [None, [11, 4, 7, 1]], ids=["equal", "unequal"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("every", [1, 3, 11, 50])
@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_states_and_gradients_are_the_same(kind, every, bidirectional, lengths):
    torch.manual_seed(1)
    layer = LAYERS[kind](bidirectional=bidirectional)
    x = torch.randn(11, 4, 3, requires_grad=True)
    lengths = None if lengths is None else torch.tensor(lengths)
    results = []
    for layer.checkpoint_every in (0, every):
        y, state = layer(x, lengths=lengths)
        parts = state if isinstance(state, tuple) else (state,)
        loss = y.square().sum() + sum(part.sum() for part in parts)
        results.append((y, *parts, *torch.autograd.grad(loss, [x, *layer.parameters()])))
    torch.testing.assert_close(*results)


def test_random_masks_are_drawn_again_as_they_were():
    layer = LSTM(3, 50, zoneout=0.5, weight_dropout=0.5, checkpoint_every=2)
    x = torch.randn(6, 2, 3)
    torch.manual_seed(1)
    y, _ = layer(x)
    found = torch.autograd.grad(y.square().sum(), list(layer.parameters()))
    layer.checkpoint_every = 0
    torch.manual_seed(1)
    y, _ = layer(x)
    torch.testing.assert_close(found, torch.autograd.grad(y.square().sum(), list(layer.parameters())))


def test_turned_around_twice_is_as_before():
    x, batch_sizes = torch.arange(7.0).unsqueeze(-1), torch.tensor([3, 2, 1, 1])
    around = backwards(x, batch_sizes)
    assert around.flatten().tolist() == [6, 4, 2, 5, 1, 3, 0]
    assert torch.equal(backwards(around, batch_sizes), x)


def test_a_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="checkpoint_every: expected a number of steps"):
        GRU(3, 4, checkpoint_every=-1)
