from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from recurra.explain.gradients import advice
from recurra.explain.gradients.cures import treat


def loss(result, targets):
    return ((result[0] - targets) ** 2).mean()


def keep_input(seen, layer, args):
    seen.append(args[0])


@pytest.fixture
def batches():
    torch.manual_seed(0)
    return [(torch.randn(8, 4, 3), torch.randn(8, 4, 5)) for _ in range(4)]


@pytest.mark.parametrize("cure", advice.TEXTS)
def test_the_model_itself_stays_as_it_is(cure, batches):
    model = nn.LSTM(3, 5)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    treat(cure, model, batches, loss)
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name])
    assert not model._forward_pre_hooks


@pytest.mark.parametrize("cure", sorted({*advice.TEXTS} - {advice.FORGET_BIAS, advice.RESIDUAL}))
def test_a_model_that_is_a_layer_can_be_treated(cure, batches):
    treatment = treat(cure, nn.RNN(3, 5), batches, loss)
    assert torch.isfinite(loss(treatment.model(batches[0][0]), batches[0][1]))


def test_windows_of_time(batches):
    assert len(treat(advice.SHORTER, nn.RNN(3, 5), batches, loss).batches) == 8
    (inputs, _), _ = treat(advice.LONGER, nn.RNN(3, 5), batches, loss).batches
    assert len(inputs) == 16
    (inputs, _), *_ = treat(advice.SHORTER, nn.RNN(3, 5, batch_first=True), batches, loss).batches
    assert inputs.shape == (8, 2, 3)


def test_clipping(batches):
    assert treat(advice.CLIPPING, nn.RNN(3, 5), batches, loss).clip_norm == 1
    assert treat(None, nn.RNN(3, 5), batches, loss).clip_norm is None


def test_inputs_of_mean_0_and_deviation_1():
    x = 50 + 1e3 * torch.randn(40, 4, 3)
    x[..., 2] = 7.0  # does not vary
    for inputs in (x, pack_padded_sequence(x, [40, 40, 40, 40])):
        treatment = treat(advice.STANDARDIZED, nn.RNN(3, 5), [inputs], lambda result: result[1].sum())
        seen = []
        treatment.model.register_forward_pre_hook(partial(keep_input, seen))
        treatment.model(inputs)
        rows = seen[0].flatten(0, 1) if isinstance(seen[0], torch.Tensor) else seen[0].data
        torch.testing.assert_close(rows.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
        torch.testing.assert_close(rows.std(0), torch.tensor([1.0, 1.0, 0.0]))


def test_what_does_not_apply_is_none(batches):
    assert treat(advice.FORGET_BIAS, nn.GRU(3, 5), batches, loss) is None
    assert treat(advice.RESIDUAL, nn.GRU(3, 5), batches, loss) is None
    assert treat(advice.LSTM, nn.LSTM(3, 5), batches, loss) is None
