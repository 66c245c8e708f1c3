import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.explain.gradients.probe_loss import probe_loss
from recurra.explain.recording import Recorder


def grads_of_outputs(layer, *args):
    with Recorder(layer) as recorder:
        result = layer(*args)
    probe_loss(result, recorder.calls).backward()
    return recorder.calls[0].output_grad


@pytest.mark.parametrize("batch_first", [True, False])
def test_only_the_last_step_is_looked_at(batch_first):
    x = torch.randn(2, 7, 3) if batch_first else torch.randn(7, 2, 3)
    grads = grads_of_outputs(nn.GRU(3, 5, batch_first=batch_first), x)  # (T, B, F)
    assert not grads[:-1].any()
    assert grads[-1].all()


def test_the_last_real_step_of_packed_sequences():
    x = pack_padded_sequence(torch.randn(7, 2, 3), torch.tensor([4, 7]), enforce_sorted=False)
    grads = grads_of_outputs(nn.GRU(3, 5), x)
    assert [bool(row.any()) for row in grads[:, 0]] == [False] * 3 + [True] + [False] * 3
    assert grads[6, 1].all()


def test_one_sequence_without_a_batch():
    grads = grads_of_outputs(nn.LSTM(3, 5), torch.randn(7, 3))
    assert not grads[:-1].any()
    assert grads[-1].all()


def test_it_is_the_same_each_time():
    layer, x = nn.GRU(3, 5), torch.randn(7, 2, 3)
    assert torch.equal(grads_of_outputs(layer, x), grads_of_outputs(layer, x))


def test_an_answer_for_each_sequence_is_taken_whole():
    model = nn.Sequential(nn.LSTM(3, 5))
    head = nn.Linear(5, 4)
    with Recorder(model) as recorder:
        result = head(model(torch.randn(7, 2, 3))[1][0][-1])
    probe_loss(result, recorder.calls).backward()
    assert recorder.calls[0].final_grads[0].all()
    assert recorder.calls[0].output_grad is None
