import pytest
import torch

from recurra.bench import grid, timing
from recurra.bench.peak import Peak

SIZE = grid.Size(2, 3, 5)


def test_operations_are_counted():
    assert grid.operations("RNN", SIZE, training=False) == 2 * 5 * 10 * 2 * 3
    assert grid.operations("LSTM", SIZE, training=True) == 4 * 3 * grid.operations("RNN", SIZE, training=False)


@pytest.mark.parametrize("cell", grid.CELLS)
def test_a_job_is_the_same_for_all_and_repeatable(cell):
    job = grid.Job("training", cell, SIZE, [1])
    ours, plain = (list(job.way(layer).choose(0.0)) for layer in (job.ours, job.plain))
    assert len(ours) == len(plain) == 6  # outputs, and gradients of the input, two matrices and two biases
    assert timing.difference(ours, plain) < 1e-4
    tensors = job.tensors()
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    rows = 5 * grid.CELLS[cell]
    assert shapes == {
        "x": (3, 2, 5),
        "gradient": (3, 2, 5),
        "weight_ih": (rows, 5),
        "weight_hh": (rows, 5),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
    }
    assert not tensors["bias_hh"].any()
    again = grid.Job("training", cell, SIZE, [1]).tensors()
    assert all(torch.equal(again[name], tensor) for name, tensor in tensors.items())


def test_a_job_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    grid.Job("forward", "GRU", SIZE, [1])
    assert torch.equal(torch.rand(1), expected)


def test_a_row_tells_what_was_compared():
    job = grid.Job("forward", "GRU", SIZE, [torch.get_num_threads()])
    row = grid.compare(job, {"again": job.way(job.ours)}, peak := Peak(1), budget=0.01, rounds=2)
    assert row.case == {"cell": "GRU", "B": 2, "T": 3, "H": 5}
    assert list(row.peers) == ["torch.nn", "again"]
    assert all(isinstance(found, timing.Timing) and found.seconds > 0 for found in (row.ours, *row.peers.values()))
    assert row.amount == grid.operations("GRU", SIZE, training=False)
    assert peak.gflops == 0 or peak.gflops >= row.gflops


def test_another_layer_is_found_out():
    job = grid.Job("forward", "LSTM", SIZE, [torch.get_num_threads()])
    with torch.no_grad():
        job.plain.get_parameter("weight_ih_l0").mul_(1.01)
    row = grid.compare(job, {}, Peak(1), budget=0.01, rounds=1)
    assert str(row.peers["torch.nn"]).startswith("differs by")
