"""Attribution of modules of others: torch.nn's layers in evaluation mode, Recurra's, accelerated ones."""

import copy

import pytest
import torch
from torch import nn

import recurra
from recurra.explain import attribution

METHODS = ["integrated-gradients", "gradient-times-input", "erasure", "connectivity"]


class Reader(nn.Module):
    """Symbols, a recurrence with dropout, and a head: a model of somebody else."""

    def __init__(self, kind=nn.LSTM):
        super().__init__()
        self.embedding = nn.Embedding(20, 4)
        self.layer = kind(4, 6, 2, batch_first=True, bidirectional=True, dropout=0.5)
        self.head = nn.Linear(12, 3)

    def forward(self, symbols):
        return self.head(self.layer(self.embedding(symbols))[0][:, -1])


SYMBOLS = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])


@pytest.fixture(params=[nn.LSTM, nn.GRU, recurra.nn.LSTM, "accelerated"])
def reader(request):
    torch.manual_seed(0)
    return recurra.accelerate(Reader()) if request.param == "accelerated" else Reader(request.param)


@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_left_as_it_was(reader, method):
    reader.train()
    reader.head.weight.grad = torch.ones(3, 12)
    reader.embedding.weight.requires_grad_(False)
    before = copy.deepcopy(reader.state_dict())
    state = torch.get_rng_state()
    attribution(reader, SYMBOLS, method=method, points=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in reader.modules())
    assert (reader.head.weight.grad == 1).all()
    assert reader.layer.weight_ih_l0.grad is None
    assert [name for name, p in reader.named_parameters() if not p.requires_grad] == ["embedding.weight"]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in reader.modules())
    for name, value in reader.state_dict().items():
        assert torch.equal(value, before[name])


def test_sums_are_complete(reader):
    made = attribution(reader, SYMBOLS, target=1, points=60)
    reader.eval()
    score = reader(SYMBOLS)[:, 1].detach()
    reader.embedding.weight.data.zero_()
    nothing = reader(SYMBOLS)[:, 1].detach()
    for number, sequence in enumerate(made.sequences):
        assert sequence.inputs == [str(symbol) for symbol in SYMBOLS[number].tolist()]
        assert sequence.matrix.sum() == pytest.approx(float(score[number] - nothing[number]), abs=1e-5)
    assert made.largest_gap() < 1e-5
    assert made.values.shape == (2, 4, 4)


def test_what_is_erased_is_what_the_score_loses(reader):
    made = attribution(reader, SYMBOLS, target=0, method="erasure")
    reader.eval()
    vectors = reader.embedding(SYMBOLS)
    vectors[:, 2] = 0
    without = reader.head(reader.layer(vectors)[0][:, -1])[:, 0]
    expected = reader(SYMBOLS)[:, 0] - without
    assert [sequence.matrix[0, 2] for sequence in made.sequences] == pytest.approx(expected.tolist(), abs=1e-6)


@pytest.mark.parametrize("unbatched", [False, True])
def test_numbers_time_first(unbatched):
    torch.manual_seed(0)
    layer = nn.GRU(3, 5, dtype=torch.float64)
    x = torch.randn(7, 3, dtype=torch.float64) if unbatched else torch.randn(7, 2, 3, dtype=torch.float64)
    made = attribution(layer, x, target=2, batch_first=False, method="gradient-times-input")
    leaf = x.clone().requires_grad_()
    layer(leaf)[0][-1, ..., 2].sum().backward()
    torch.testing.assert_close(made.values, leaf.grad * x)
    assert made.sequences[0].values.shape == (1, 7, 3)


def test_a_linear_model_that_copies_an_earlier_step_is_explained_exactly():
    """h_t is (x_t, x_{t-1}, x_{t-2}): the third unit is the input two steps ago, and nothing else."""
    delay = nn.RNN(1, 3, nonlinearity="relu", bias=False, batch_first=True)
    delay.weight_ih_l0.data = torch.tensor([[1.0], [0.0], [0.0]])
    delay.weight_hh_l0.data = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    x = torch.tensor([[[3.0], [5.0], [2.0], [7.0]]])
    for method in METHODS:
        made = attribution(delay, x, target=2, method=method)
        expected = [0, 1, 0, 0] if method == "connectivity" else [0, 5, 0, 0]
        assert made.sequences[0].matrix[0].tolist() == pytest.approx(expected)
    assert made.sequences[0].steps_of_half.tolist() == [1]


def test_values_can_be_differentiated_again():
    torch.manual_seed(0)
    model = recurra.nn.GRU(2, 4, batch_first=True, dtype=torch.float64)
    x = torch.randn(1, 3, 2, dtype=torch.float64, requires_grad=True)
    made = attribution(model, x, target=0, points=3, create_graph=True)
    slope, of_weights = torch.autograd.grad(made.values.pow(2).sum(), [x, model.weight_ih_l0])
    shift = torch.zeros_like(x)
    shift[0, 1, 0] = 1e-6
    up, down = (
        attribution(model, (x + sign * shift).detach(), target=0, points=3).values.pow(2).sum() for sign in (1, -1)
    )
    assert float(slope[0, 1, 0]) == pytest.approx(float(up - down) / 2e-6, rel=1e-5)
    assert of_weights.abs().sum() > 0


def test_frozen_weights_do_not_matter(reader):
    expected = attribution(reader, SYMBOLS, target=0).values
    for parameter in reader.parameters():
        parameter.requires_grad_(False)
    torch.testing.assert_close(attribution(reader, SYMBOLS, target=0).values, expected)


@torch.inference_mode()
def test_it_works_in_inference_mode(reader):
    assert attribution(reader, torch.tensor([[1, 2, 3]])).largest_gap() < 1e-3
