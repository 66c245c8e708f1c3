"""What the registered operations are given: whatever it is, they refuse it or give the right numbers."""

import importlib.util
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from recurra import kernels, nn
from recurra.kernels import FUSED_CELLS, compiled, reference, stream_step

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

CAMPAIGN = Path(__file__).parents[2] / "benchmarks" / "spoilt_calls.py"
run = torch.ops.recurra


def _campaign():
    spec = importlib.util.spec_from_file_location("spoilt_calls", CAMPAIGN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _given(name="gru", dtype=torch.float32):
    torch.manual_seed(1)
    cell = FUSED_CELLS[name]
    weights = [torch.randn(cell.gates * 6, *shape, dtype=dtype) for shape in [(4,), (6,), (), ()]]
    c0 = torch.randn(1, 3, 6, dtype=dtype) if cell.has_memory else torch.empty(0, dtype=dtype)
    x, h0 = torch.randn(5, 3, 4, dtype=dtype), torch.randn(1, 3, 6, dtype=dtype)
    return {
        "x": x, "symbols": None, "batch_sizes": None, "h0": h0, "c0": c0, "weights": weights,
        "cell": name, "bias": True, "directions": 1, "bf16": False, "save": True,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_spoilt_calls_are_refused_or_right():
    """Some of the campaign's calls, in this process: under `make sanitize` they are watched."""
    campaign = _campaign()
    outcomes = [campaign.call(seed) for seed in range(7_000, 7_300)]
    assert [outcome for outcome in outcomes if "wrong" in outcome[1]] == []
    assert {outcome for _, outcome in outcomes} >= {"refused", "served"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_an_exported_layer_runs_in_other_types(kind, dtype):
    torch.manual_seed(1)
    layer, x = kind(8, 16, 2, bidirectional=True), torch.randn(5, 3, 8)
    expected, _ = layer(x)
    program = torch.export.export(layer, (x,)).module().to(dtype)
    y, _ = program(x.to(dtype))
    assert y.dtype is dtype
    torch.testing.assert_close(y.float(), expected, rtol=0, atol=1e-6 if dtype is torch.float64 else 0.02)
    y.sum().backward()
    assert all(weight.grad.dtype is dtype for weight in program.parameters())


@pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
def test_the_operation_in_double_gives_the_numbers_of_the_equations(cell):
    given = _given(cell.name, torch.float64)
    y, hn, cn, saved = run.recurrence(**given)
    states = (given["h0"], given["c0"])[: len(cell.states)]
    expected, final = reference.sequence(
        cell, given["x"], None, given["weights"], states, bias=True, bidirectional=False
    )
    torch.testing.assert_close([y, hn, *([cn] if cell.has_memory else [])], [expected, *final])
    assert saved.numel() == 0


def test_linear_and_cross_entropy_in_other_types():
    torch.manual_seed(1)
    x, weight, bias, target = torch.randn(9, 4), torch.randn(5, 4), torch.randn(5), torch.randint(5, (9,))
    for dtype, tolerance in [(torch.float64, 1e-5), (torch.float16, 0.05)]:
        given = x.to(dtype), weight.to(dtype), bias.to(dtype)
        torch.testing.assert_close(run.linear(*given).float(), run.linear(x, weight, bias), rtol=0, atol=tolerance)
        found = run.linear_cross_entropy(*given, target, [True] * 3)
        expected = run.linear_cross_entropy(x, weight, bias, target, [True] * 3)
        for own, other in zip(found, expected, strict=True):
            torch.testing.assert_close(own.float(), other, rtol=tolerance, atol=tolerance)
        grads = run.linear_backward(torch.ones(9, 5, dtype=dtype), *given[:2], [True] * 3)
        assert [grad.dtype for grad in grads] == [dtype] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"h0": torch.zeros(1, 3, 6, dtype=torch.float64)}, "h0: expected torch.float32 as x is, got torch.float64"),
        ({"x": torch.zeros(5, 3, 4, dtype=torch.int64)}, "expected torch.int64 as x is"),
        ({"h0": torch.zeros(1, 3, 7)}, r"expected shape \(18, 7\), got \(18, 6\)"),
        ({"h0": torch.zeros(3, 6)}, r"expected x \(T, B, I\) or \(N, I\), h0 \(D, B, H\)"),
        ({"weights": [torch.zeros(18, 4)]}, "weights: expected 4, got 1"),
        ({"cell": "lstn"}, "got lstn in 1"),
        ({"directions": 2}, "weights: expected 8, got 4"),
        ({"x": torch.zeros(5, 3, 4, device="meta")}, "expected all tensors on one device, got cpu, meta"),
        ({"x": torch.zeros(15, 4), "batch_sizes": torch.tensor([3, 3, 3, 3, 4])}, "counts from 3 that never rise, 15"),
        ({"x": torch.zeros(15, 4), "batch_sizes": torch.tensor([2.0])}, "batch_sizes: expected whole numbers"),
    ],
)
def test_what_does_not_fit_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        run.recurrence(**_given() | changes)


def test_the_backward_operation_reads_nothing_that_does_not_fit():
    given = _given("lstm")
    y, hn, cn, saved = run.recurrence(**given)
    del given["save"]
    whole = {"grad_y": y, "grad_hn": hn, "grad_cn": cn, "y": y, "saved": saved, "needs": [True] * 5, **given}
    run.recurrence_backward(**whole)
    for name, wrong in {
        "grad_y": y[:4], "grad_hn": hn[:, :2], "grad_cn": cn[0], "y": y[:, :2], "saved": saved[:-1], "needs": [True],
        "x": given["x"][:4], "h0": given["h0"][:, :2],
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match="expected"):
            run.recurrence_backward(**whole | {name: wrong})
    with pytest.raises(ValueError, match=r"y: expected torch.float32 as x is, got torch.float64"):
        run.recurrence_backward(**whole | {"y": y.double()})
    with pytest.raises(IndexError, match="symbols: expected 0 to 2"):
        run.recurrence_backward(
            **whole | {"x": torch.randn(3, 4), "symbols": torch.full((5, 3), 3)} | {"needs": [True] * 5}
        )


def test_the_double_backward_operation_reads_nothing_that_does_not_fit():
    given = _given("lstm")
    y, hn, cn, saved = run.recurrence(**given)
    del given["save"]
    whole = {"y": y, "saved": saved, "grad_y": y, "grad_hn": hn, "grad_cn": cn, **given}
    whole |= {"x_tangent": given["x"], "h0_tangent": hn, "c0_tangent": cn, "weight_tangents": given["weights"]}
    whole |= {"needs": [True] * 5}
    run.recurrence_double_backward(**whole)
    for name, wrong in {
        "grad_y": y[:4], "y": y[:, :2], "saved": saved[:-1], "needs": [True], "x": given["x"][:4],
        "x_tangent": given["x"][:4], "h0_tangent": hn[0], "c0_tangent": cn[:, :2], "weight_tangents": [None],
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match="expected"):
            run.recurrence_double_backward(**whole | {name: wrong})
    wrong = [*given["weights"][:3], given["weights"][3][:5]]
    with pytest.raises(ValueError, match=r"tangent of weights\[3\]: expected shape \(24,\), got \(5,\)"):
        run.recurrence_double_backward(**whole | {"weight_tangents": wrong})
    with pytest.raises(ValueError, match=r"tangent of h0: expected torch.float32 as x is, got torch.float64"):
        run.recurrence_double_backward(**whole | {"h0_tangent": hn.double()})


@pytest.mark.parametrize("form", ["int32", "strided", "int32 and strided"])
def test_batch_sizes_of_any_kind_are_read_right(form):
    torch.manual_seed(1)
    layer, rows = nn.GRU(4, 6), torch.randn(7, 4)
    sizes = torch.tensor([3, 3, 1])
    other = sizes.int() if "int32" in form else sizes
    other = torch.stack([other, other * 100], 1)[:, 0] if "strided" in form else other
    packed_rows = torch.nn.utils.rnn.PackedSequence(rows, sizes)
    expected, _ = layer(packed_rows)
    found, _ = layer(torch.nn.utils.rnn.PackedSequence(rows, other))
    assert torch.equal(found.data, expected.data)
    expected.data.sum().backward()
    grads = [weight.grad.clone() for weight in layer.parameters()]
    layer.zero_grad()
    found.data.sum().backward()
    assert all(torch.equal(weight.grad, grad) for weight, grad in zip(layer.parameters(), grads, strict=True))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([[torch.zeros(18, 4), torch.zeros(18, 5)]], r"layer 0: expected shape \(18, 6\), got \(18, 5\)"),
        ([[torch.zeros(18, 4), torch.zeros(18, 6), torch.zeros(18)]], "layer 0: expected 2 weights, or 4"),
        ([[torch.zeros(18, 4), torch.zeros(18, 6)]] * 2, r"layer 1: expected shape \(18, 6\), got \(18, 4\)"),
        ([], "expected the weights of some layers, got 0"),
    ],
)
def test_weights_that_do_not_fit_are_not_packed(layers, message):
    with pytest.raises(ValueError, match=message):
        stream_step.pack(FUSED_CELLS["gru"], layers)


def test_a_packed_step_reads_nothing_that_does_not_fit():
    stack = stream_step.pack(FUSED_CELLS["lstm"], [[torch.randn(24, 4), torch.randn(24, 6)]])
    x, state = torch.randn(2, 4), torch.randn(1, 2, 6)
    expected, _ = stack.step(x, (state, state))
    negated = torch.complex(x, -x).conj().imag
    assert negated.is_neg()
    assert torch.equal(stack.step(negated, (state, state))[0], expected)
    for given in [(x[:, :3], (state, state)), (x, (state,)), (x, (state, state[:, :1])), (x[0], (state, state))]:
        with pytest.raises(ValueError, match=r"packed step: .*expected"):
            stack.step(*given)
    assert stack.step(x[:0], (state[:, :0], state[:, :0]))[0].shape == (0, 6)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_an_empty_batch(kind):
    layer = kind(3, 4, 2, bidirectional=True)
    y, state = layer(torch.zeros(5, 0, 3))
    assert y.shape == (5, 0, 8)
    assert (state[0] if kind is nn.LSTM else state).shape == (4, 0, 4)
    y.sum().backward()
    assert all(not weight.grad.any() for weight in layer.parameters())
    with torch.no_grad():
        assert layer(torch.zeros(5, 0, 3), lengths=torch.zeros(0, dtype=torch.int64))[0].shape == (5, 0, 8)
    assert kernels.linear(torch.zeros(0, 30), torch.zeros(40, 30)).shape == (0, 40)


@pytest.mark.parametrize("backend", [None, "aot_eager"])
def test_the_negative_bit(backend):
    torch.manual_seed(1)
    layer = nn.LSTM(3, 4)
    negative = torch.randn(5, 2, 3, dtype=torch.complex64).conj().imag
    assert negative.is_neg()
    run_layer = layer if backend is None else torch.compile(layer, backend=backend)
    torch.testing.assert_close(run_layer(negative)[0], layer(negative.resolve_neg())[0])
    y, _ = layer(negative.resolve_neg())
    upstream = torch.randn(5, 2, 4, dtype=torch.complex64).conj().imag  # the gradient from above
    found = torch.autograd.grad(y, list(layer.parameters()), upstream, retain_graph=True)
    expected = torch.autograd.grad(y, list(layer.parameters()), upstream.resolve_neg())
    assert all(torch.equal(own, other) for own, other in zip(found, expected, strict=True))


@pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer reserves all memory")
def test_memory_that_runs_out_on_a_thread_is_an_error():
    """Of a thread of a parallel region nothing can be thrown; in a process of its own, for it would end it."""
    code = (
        "import torch; from recurra.kernels import crf; torch.set_num_threads(2)\n"
        "s = torch.randn(2, 60, 300)\n"
        "try: crf.viterbi_n_best(s, s[0, 0] + s[0, 0, :, None], s[0, 0], s[0, 0], torch.tensor([60, 60]), 20_000)\n"
        "except MemoryError: print('refused')"
    )

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=limit, check=False)
    assert done.stdout.strip() == "refused", done.stderr
