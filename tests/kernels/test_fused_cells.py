"""The table of fused cells: each record fits its cell in recurra.nn."""

import pytest
import torch

from recurra import nn
from recurra.kernels import FUSED_CELLS, native, reference

each_cell = pytest.mark.parametrize("fused", FUSED_CELLS.values(), ids=lambda fused: fused.name)
B, I, H = 3, 5, 4  # noqa: E741


def test_numbers_are_places_in_the_table():
    assert [fused.number for fused in FUSED_CELLS.values()] == list(range(len(FUSED_CELLS)))


def test_the_records_are_those_of_the_compiled_cells():
    extension = pytest.importorskip("recurra.kernels._compiled")
    records = [
        (fused.name, fused.gates, fused.saved_per_unit, fused.has_memory, fused.is_projectable, fused.sums_products)
        for fused in FUSED_CELLS.values()
    ]
    assert extension.cells() == records


@each_cell
def test_the_equations_are_those_of_the_layers_cell(fused):
    torch.manual_seed(1)
    cell = getattr(nn.cells, fused.layer_cell)(H)
    assert (len(cell.gates), cell.states, cell.projectable or not fused.is_projectable) == (
        fused.gates,
        fused.states,
        True,
    )
    x, u = torch.randn(2, fused.gates, B, H, dtype=torch.float64)
    states = tuple(torch.randn(len(fused.states), B, H, dtype=torch.float64))
    expected = cell(
        dict(zip(cell.gates, x, strict=True)),
        dict(zip(cell.gates, u, strict=True)),
        dict(zip(cell.states, states, strict=True)),
    )
    for name, state in zip(fused.states, fused.equations(x, u, states), strict=True):
        torch.testing.assert_close(state, expected[name])


@each_cell
def test_products_that_are_said_to_be_summed_are_summed(fused):
    torch.manual_seed(1)
    x, u = torch.randn(2, fused.gates, B, H, dtype=torch.float64)
    states = tuple(torch.randn(len(fused.states), B, H, dtype=torch.float64))
    apart = fused.equations(x, u, states)
    summed = fused.equations(x + u, torch.zeros_like(u), states)
    assert torch.allclose(apart[0], summed[0]) == fused.sums_products


@each_cell
def test_a_step_of_the_equations_is_pytorchs_step(fused):
    if fused.torch_step is None:
        pytest.skip("PyTorch does not know this cell")
    torch.manual_seed(1)
    rows = fused.gates * H
    weights = [torch.randn(*shape, dtype=torch.float64) for shape in [(rows, I), (rows, H), (rows,), (rows,)]]
    x = torch.randn(B, I, dtype=torch.float64)
    states = tuple(torch.randn(len(fused.states), B, H, dtype=torch.float64))
    for biases in (weights[2:], [None, None]):
        given = fused, x, states, [*weights[:2], *biases]
        torch.testing.assert_close(reference.step(*given), native.step(*given))
