import copy
from functools import partial

import pytest
import torch
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.nn import GRU, LSTM, RNN
from recurra.nn.recurrent import cudnn, fused

LAYERS = {
    "rnn": partial(RNN, 5, 6),
    "relu": partial(RNN, 5, 6, nonlinearity="relu"),
    "gru": partial(GRU, 5, 6, 2, bidirectional=True),
    "lstm": partial(LSTM, 5, 6, 3),
    "lstm projected": partial(LSTM, 5, 6, 2, proj_size=3),
    "lstm without bias": partial(LSTM, 5, 6, bias=False),
    "gru residual": partial(GRU, 6, 6, 2, residual=True),
    "gru checkpointed": partial(GRU, 5, 6, bidirectional=True, checkpoint_every=2),
    "lstm with layer norm": partial(LSTM, 5, 6, layer_norm=True),
}


@pytest.mark.parametrize(
    ("settings", "is_known"),
    [
        ({}, True),
        ({"dropout": 0.5}, True),
        ({"dropout": 0.5, "variational": True}, False),
        ({"weight_dropout": 0.5}, False),
        ({"residual": True}, False),
        ({"checkpoint_every": 2}, False),
    ],
)
def test_one_call_runs_what_cudnn_knows_between_layers(settings, is_known):
    stack = GRU(4, 4, 2, **settings)
    assert cudnn.runs_in_one_call(stack, fused.cell_of(stack)) is is_known
    assert not cudnn.runs(torch.zeros(2))


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("name", LAYERS)
def test_all_layers_in_one_call_give_what_layer_after_layer_gives(name):
    stack = LAYERS[name]()
    cell = fused.cell_of(stack)
    if cell is None or not cudnn.runs_in_one_call(stack, cell):
        pytest.skip("runs layer by layer")
    x = torch.randn(7, 3, 5)
    h0 = [torch.zeros(shape) for shape in stack._stacked_shapes(3).values()]
    y, final = cudnn.run_stack(stack, cell, fused.Batch(x), h0)
    expected, expected_final = stack(x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(final, expected_final if len(final) > 1 else (expected_final,))


@pytest.mark.needs_gpu
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("is_packed", [False, True], ids=["padded", "packed"])
def test_a_gpu_gives_what_the_processor_gives(name, is_packed):
    layer = LAYERS[name]()
    on_gpu = copy.deepcopy(layer).cuda()
    x = torch.randn(7, 3, layer.input_size)
    batch = pack_padded_sequence(x, torch.tensor([7, 5, 2])) if is_packed else x
    expected, found = layer(batch)[0], on_gpu(batch.to("cuda"))[0]
    expected, found = (y.data if is_packed else y for y in (expected, found))
    close = partial(torch.testing.assert_close, rtol=0, atol=5e-3)  # products of TF32
    close(found.cpu(), expected)
    expected.square().sum().backward()
    found.square().sum().backward()
    for weight, there in zip(layer.parameters(), on_gpu.parameters(), strict=True):
        close(there.grad.cpu(), weight.grad, atol=5e-2)


def storages(layer):
    return {weight.untyped_storage().data_ptr() for weight in layer.parameters()}


@pytest.mark.needs_gpu
def test_weights_lie_in_one_piece_a_call():
    assert len(storages(GRU(3, 4, 2).cuda())) == 1
    assert len(storages(GRU(3, 4, 2, device="cuda"))) == 1
    assert len(storages(copy.deepcopy(GRU(3, 4, 2).cuda()))) == 1
    assert len(storages(GRU(3, 4, 2, bidirectional=True, dropout=0.5, variational=True).cuda())) == 2
    assert len(storages(GRU(3, 4, 2).cuda().cpu())) == 8


@pytest.mark.needs_gpu
def test_weights_made_of_others_are_left_where_they_are():
    layer = LSTM(3, 4)
    parametrizations.weight_norm(layer, "weight_hh_l0")
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(layer.cuda()(x.cuda())[0].cpu(), layer.cpu()(x)[0], rtol=0, atol=5e-3)


@pytest.mark.needs_gpu
def test_dropout_between_layers_falls_in_training_only():
    layer = LSTM(8, 8, 2, dropout=0.5).cuda()
    x = torch.randn(5, 2, 8, device="cuda")
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    torch.testing.assert_close(layer(x)[0], layer(x)[0], rtol=0, atol=0)
