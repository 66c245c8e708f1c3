import torch

from recurra.nn.cells import GRUCell, LSTMCell, ReLUCell
from recurra.settings.network import RecurrentConfig
from recurra.tasks.recurrent_stack import recurrent_stack


def test_the_stack_is_as_the_settings_say():
    config = RecurrentConfig(cell="gru", hidden_size=6, num_layers=2, dropout=0.3, weight_dropout=0.4)
    stack = recurrent_stack(config, 4, bidirectional=True)
    assert isinstance(stack.cells[0], GRUCell)
    assert (stack.input_size, stack.hidden_size, stack.num_layers) == (4, 6, 2)
    assert (stack.dropout, stack.weight_dropout) == (0.3, 0.4)
    assert stack(torch.zeros(3, 5, 4))[0].shape == (3, 5, 12)  # (B, T, both directions)


def test_sizes_may_be_others_than_those_of_the_settings():
    stack = recurrent_stack(RecurrentConfig(hidden_size=6, num_layers=2), 4, hidden_size=3, num_layers=1)
    assert (stack.hidden_size, stack.num_layers) == (3, 1)


def test_relu_is_an_activation_of_the_rnn():
    stack = recurrent_stack(RecurrentConfig(cell="rnn", activation="relu", hidden_size=6), 4)
    assert isinstance(stack.cells[0], ReLUCell)


def test_it_begins_orthogonal_and_keeps_memory():
    stack = recurrent_stack(RecurrentConfig(cell="lstm", hidden_size=6), 4)
    blocks = stack.weight_hh_l0.chunk(len(LSTMCell.gates))
    for block in blocks:
        torch.testing.assert_close(block @ block.T, torch.eye(6), atol=1e-5, rtol=0)
    assert torch.all((stack.bias_ih_l0 + stack.bias_hh_l0)[6:12] == 1.0)  # of the forget gate
    assert not stack.copies_output
