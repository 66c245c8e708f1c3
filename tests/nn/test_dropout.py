import copy

import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from recurra.nn import Dropout, VariationalDropout
from recurra.nn.dropout import dropout, variational_mask


def test_one_mask_serves_all_steps_and_each_sequence_has_its_own():
    torch.manual_seed(1)
    out = VariationalDropout(0.4)(torch.ones(6, 3, 200))  # (T, B, F)
    assert torch.equal(out, out[:1].expand_as(out))
    assert not torch.equal(out[0, 0], out[0, 1])
    assert not torch.equal(out[0, 1], out[0, 2])


def test_batch_first_turns_the_same_masks():
    out = VariationalDropout(0.4, batch_first=True)(torch.ones(3, 6, 200))  # (B, T, F)
    assert torch.equal(out, out[:, :1].expand_as(out))
    assert not torch.equal(out[0, 0], out[1, 0])


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_a_share_p_is_dropped_and_the_rest_scaled_so_that_the_mean_stays(p):
    torch.manual_seed(1)
    out = VariationalDropout(p)(torch.ones(2, 100, 100))[0]
    torch.testing.assert_close(out[out != 0], torch.full_like(out[out != 0], 1 / (1 - p)))
    assert abs((out == 0).float().mean() - p) < 4 * (p * (1 - p) / out.numel()) ** 0.5


def test_the_mask_multiplies_values_and_gradients():
    x = torch.randn(5, 2, 8, requires_grad=True)
    out = VariationalDropout(0.5)(x)
    (grad,) = torch.autograd.grad(out.sum(), x)
    assert set(grad.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(out, x * grad)


def test_evaluation_and_probability_zero_give_the_input_itself():
    x = torch.randn(5, 2, 8)
    assert VariationalDropout(0.5).eval()(x) is x
    assert VariationalDropout(0.0)(x) is x


def test_a_packed_sequence_is_dropped_with_one_mask_too():
    torch.manual_seed(1)
    packed = pack_sequence([torch.ones(n, 50) for n in (2, 5, 4)], enforce_sorted=False)
    mask = variational_mask(packed.data, 0.4, packed.batch_sizes)
    rows, _ = torch.nn.utils.rnn.pad_packed_sequence(packed._replace(data=mask))
    for sequence, length in enumerate((2, 5, 4)):
        steps = rows[:length, sequence]
        assert torch.equal(steps, steps[:1].expand_as(steps))
    assert not torch.equal(rows[0, 0], rows[0, 1])
    assert mask.shape == packed.data.shape


def test_a_mask_may_drop_everything():
    assert torch.equal(variational_mask(torch.ones(3, 2, 4), 1.0), torch.zeros(2, 4))


def test_every_call_draws_anew_from_torchs_generator():
    drop, x = VariationalDropout(0.5), torch.ones(1, 2, 100)
    torch.manual_seed(3)
    first, second = drop(x), drop(x)
    torch.manual_seed(3)
    assert torch.equal(drop(x), first)
    assert not torch.equal(first, second)


def test_the_mask_has_the_type_of_the_input():
    assert variational_mask(torch.ones(3, 2, 4, dtype=torch.float64), 0.5).dtype == torch.float64
    assert VariationalDropout(0.5)(torch.ones(3, 2, 4, dtype=torch.bfloat16)).dtype == torch.bfloat16


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5])
def test_a_wrong_probability_is_named(p):
    with pytest.raises(ValueError, match=f"dropout probability: expected 0 <= p < 1, got {p}"):
        VariationalDropout(p)


def test_a_copy_is_the_same_and_its_text_tells_the_probability():
    drop = copy.deepcopy(VariationalDropout(0.3, batch_first=True))
    assert (drop.p, drop.batch_first) == (0.3, True)
    assert repr(drop) == "VariationalDropout(p=0.3)"


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(40, 33, 21), (5,), (16387,)])
def test_dropout_zeroes_as_often_as_asked_and_keeps_the_mean(p, shape):
    torch.manual_seed(1)
    x = torch.ones(shape, requires_grad=True)
    y = dropout(x, p)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(gradient, y.detach())  # of ones: the mask, scaled
    left = y.detach()[y.detach() != 0]
    torch.testing.assert_close(left, torch.full_like(left, 1 / (1 - p) if p < 1 else 0.0), rtol=1e-4, atol=0)
    if x.numel() > 10_000:
        assert abs(float((y == 0).float().mean()) - p) < 0.02


def test_dropout_draws_anew_each_time_and_the_same_after_a_seed():
    x = torch.ones(200, 100)
    torch.manual_seed(1)
    first, second = dropout(x, 0.3), dropout(x, 0.3)
    torch.manual_seed(1)
    assert torch.equal(dropout(x, 0.3), first)
    assert not torch.equal(first, second)
    columns = (first == 0).float().mean(0)  # independent: no column is dropped much more often than another
    assert columns.std() < 0.06


def test_the_dropout_module_is_a_torch_dropout_that_rests_in_evaluation():
    module, x = Dropout(0.5), torch.ones(300, 100)
    assert isinstance(module, torch.nn.Dropout)
    assert (module(x) == 0).any()
    assert module.eval()(x) is x


def test_gradients_through_dropout_can_be_differentiated_again_and_batched():
    torch.manual_seed(1)
    x = torch.randn(200, 100, requires_grad=True)
    y = dropout(x.square(), 0.3)
    mask = y.detach() / x.detach().square()
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    torch.testing.assert_close(first, 2 * x * mask)
    torch.testing.assert_close(torch.autograd.grad(first.sum(), x, retain_graph=True)[0], 2 * mask)
    directions = torch.randn(3, 200, 100)
    (batch,) = torch.autograd.grad(y, x, directions, is_grads_batched=True)
    torch.testing.assert_close(batch, directions * mask * 2 * x.detach())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_dropout_of_other_types(dtype):
    y = dropout(torch.ones(300, 100, dtype=dtype), 0.5)
    assert y.dtype is dtype
    assert y.unique().tolist() == [0.0, 2.0]
