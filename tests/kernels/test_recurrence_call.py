"""What a layer is called with: shapes that fit, and what is made of them."""

import pytest
import torch

from recurra.kernels import FUSED_CELLS, compiled
from recurra.kernels.recurrence_call import RecurrenceCall, contiguous_batch_sizes, empty_gradients, empty_results

T, B, I, H = 4, 3, 5, 7  # noqa: E741


def _call(name="lstm", bias=True, directions=1, projection=0):
    cell = FUSED_CELLS[name]
    rows, output = cell.gates * H, projection or H
    shapes = [(rows, I), (rows, output), *[(rows,)] * (2 * bias), *[(projection, H)] * bool(projection)]
    weights = [torch.zeros(shape) for shape in shapes * directions]
    h0 = torch.zeros(directions, B, output)
    c0 = torch.zeros(directions, B, H) if cell.has_memory else torch.zeros(0)
    return RecurrenceCall(cell, torch.zeros(T, B, I), None, None, h0, c0, weights, bias, directions)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("projection", [0, 2])
@pytest.mark.parametrize("bias", [True, False])
def test_weights_stand_in_five_places_a_direction(bias, projection, directions):
    call = _call("lstm", bias, directions, projection)
    complete = call.by_direction(call.weights)
    shapes = [None if weight is None else tuple(weight.shape) for weight in complete]
    of_bias, output = ((4 * H,) if bias else None), projection or H
    of_projection = (projection, H) if projection else None
    assert shapes == [(4 * H, I), (4 * H, output), of_bias, of_bias, of_projection] * directions
    call.check(complete)


@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_sizes_are_those_of_the_tensors(cell):
    call = _call(cell.name, directions=2)
    assert call.sizes() == [cell.number, I, H, H, T, B, T * B, 2, 0, T * B, 0]
    assert len(call.states) == len(cell.states)
    call.symbols = torch.zeros(T, B, dtype=torch.int64)
    call.x = torch.zeros(6, I)
    assert call.sizes()[9:] == [6, call.symbols.data_ptr()]


@pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())
@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_training_saves_whole_panels_of_each_unit(cell):
    call, panel = _call(cell.name), 2 * compiled.vector_floats()
    results = empty_results(call, save=True)
    assert results.y.shape == (T, B, H)
    assert results.saved.numel() == T * B * -(-H // panel) * panel * cell.saved_per_unit
    assert empty_results(call, save=False).saved.numel() == 0


def test_gradients_that_are_not_asked_for_are_empty():
    call = _call()
    grads = empty_gradients(call, [False, True, False, False, False])
    assert grads.x.numel() == 0
    assert [grad.numel() for grad in grads.weights] == [4 * H * I, 0, 0, 0]
    assert grads.h0.shape == call.h0.shape


def test_batch_sizes_are_brought_to_int64():
    every_second = torch.tensor([3, 9, 2, 9])[::2]
    assert contiguous_batch_sizes(every_second).is_contiguous()
    assert contiguous_batch_sizes(torch.tensor([3, 2], dtype=torch.int32)).dtype is torch.int64
    with pytest.raises(ValueError, match=r"batch_sizes: expected whole numbers \(T,\), got torch.float32"):
        contiguous_batch_sizes(torch.tensor([3.0, 2.0]))
