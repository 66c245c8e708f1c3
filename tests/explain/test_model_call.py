import pytest
import torch
from torch import nn

import recurra
from recurra.errors import DataError
from recurra.explain.model_call import as_network, loss_of, run


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x, scale=1.0):
        return scale * self.linear(x)


def test_a_model_is_called_with_a_tensor_a_tuple_or_a_dictionary():
    model, x = Two(), torch.randn(4, 3)
    expected = model(x, 2.0)
    assert torch.equal(run(model, (x, 2.0)), expected)
    assert torch.equal(run(model, {"x": x, "scale": 2.0}), expected)
    assert torch.equal(run(model, x), model(x))


def test_a_loss_is_called_with_the_targets_where_there_are_any():
    model, x, y = Two(), torch.randn(4, 3), torch.randn(4, 2)
    assert torch.equal(loss_of(model, (x, y), nn.functional.mse_loss), nn.functional.mse_loss(model(x), y))
    assert torch.equal(loss_of(model, x, torch.sum), model(x).sum())
    assert loss_of(model, x, None) is None


def test_a_batch_that_does_not_fit_is_one_line():
    with pytest.raises(DataError, match="batch: expected one that fits Two, got: mat1 and mat2"):
        run(Two(), torch.randn(4, 7))


@pytest.mark.parametrize(("loss", "got"), [(lambda y: y, r"shape \(4, 2\)"), (lambda y: 1.0, "float")])
def test_a_loss_that_is_no_scalar_is_refused(loss, got):
    with pytest.raises(ValueError, match=f"loss: expected a scalar tensor, got {got}"):
        loss_of(Two(), torch.randn(4, 3), loss)


def test_a_task_is_its_network(tmp_path):
    with pytest.raises(DataError, match="expected a fitted SequenceRegressor, got one that has learnt nothing"):
        as_network(recurra.SequenceRegressor())
    x = [torch.randn(5, 2).numpy() for _ in range(8)]
    task = recurra.SequenceRegressor(hidden_size=4, epochs=1)
    task.fit((x, [float(s.sum()) for s in x]), out=tmp_path / "run", progress=False)
    assert as_network(task) is task.network
    assert as_network(tmp_path / "run").state_dict().keys() == task.network.state_dict().keys()


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"expected a torch\.nn\.Module, a task or the path of a run, got int"):
        as_network(3)
