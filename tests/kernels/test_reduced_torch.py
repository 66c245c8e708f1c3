import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from recurra.kernels import FUSED_CELLS, compiled, reduced_torch, stream_step
from recurra.kernels.packed_linear import PackedLinear
from recurra.kernels.reduced_types import REDUCED_TYPES
from recurra.kernels.torch_stack import ReducedTorchStack

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason="there are no compiled kernels")
SETS = ["v4_amx", "v4_vnni", "v4", "v3_vnni", "v3", "v2", "plain"]
CELLS = pytest.mark.parametrize("cell", FUSED_CELLS.values(), ids=lambda cell: cell.name)
TYPES = pytest.mark.parametrize("dtype", REDUCED_TYPES.values(), ids=REDUCED_TYPES)
SIZES = pytest.mark.parametrize(("inputs", "hidden", "batch"), [(1, 1, 1), (5, 7, 3), (70, 37, 14), (64, 64, 1)])


@pytest.fixture
def in_each_set():
    """A function that computes something in each set for reduced precision that this processor runs."""
    before = compiled.extension.reduced_name()

    def compute(work):
        results = {}
        for name in SETS:
            if compiled.extension.choose_reduced(name):
                results[name] = work()
        assert before in results
        return results

    yield compute
    compiled.extension.choose_reduced(before)


def _problem(cell, inputs, hidden, batch, layers=2, bias=True):
    torch.manual_seed(1)
    widths = [inputs] + [hidden] * (layers - 1)
    forms = [[(width,), (hidden,)] + [()] * 2 * bias for width in widths]
    weights = [[torch.randn(cell.gates * hidden, *form) / hidden**0.5 for form in of_layer] for of_layer in forms]
    return weights, torch.randn(batch, inputs), [torch.randn(layers, batch, hidden) for _ in cell.states]


def _same(results, others):
    return all(torch.equal(a, b) for a, b in zip(results, others, strict=True))


@pytest.mark.parametrize("bias", [True, False])
@SIZES
@CELLS
def test_int8_steps_are_the_bits_of_plain_torch_on_every_instruction_set(
    cell, inputs, hidden, batch, bias, in_each_set
):
    weights, x, states = _problem(cell, inputs, hidden, batch, bias=bias)
    expected, after = ReducedTorchStack(cell, weights, False, torch.int8).step(x, states)

    def work():
        y, finals = stream_step.pack(cell, weights, dtype=torch.int8).step(x, states)
        return y, *finals

    for name, results in in_each_set(work).items():
        assert _same(results, (expected, *after)), name


@SIZES
@CELLS
def test_bf16_steps_are_the_same_bits_on_every_instruction_set(cell, inputs, hidden, batch, in_each_set):
    weights, x, states = _problem(cell, inputs, hidden, batch)
    expected, after = ReducedTorchStack(cell, weights, False, torch.bfloat16).step(x, states)

    def work():
        y, finals = stream_step.pack(cell, weights, dtype=torch.bfloat16).step(x, states)
        return y, *finals

    every = in_each_set(work)
    for name, results in every.items():
        assert _same(results, next(iter(every.values()))), name
        for result, of_torch in zip(results, (expected, *after), strict=True):
            # a sum in another order may round a state of the first layer to the other bfloat16 number
            torch.testing.assert_close(result, of_torch, rtol=2**-7, atol=2**-9)


@pytest.mark.parametrize("residual", [False, True])
@TYPES
@CELLS
def test_a_stream_has_the_same_bits_whatever_stands_beside_it_and_with_any_threads(cell, dtype, residual, monkeypatch):
    weights, x, states = _problem(cell, 130, 130, 20)
    stack = stream_step.pack(cell, weights, residual, dtype=dtype)
    assert stack.is_batch_invariant
    y, finals = stack.step(x, states)
    for count in (1, 2, 3, 5, 6, 7, 13):
        few, few_finals = stack.step(x[:count], [part[:, :count].contiguous() for part in states])
        assert torch.equal(few, y[:count])
        assert _same(few_finals, [part[:, :count] for part in finals])
    many = [torch.cat([part] * 20, 1) for part in states]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 3)
    y_of_many, _ = stack.step(torch.cat([x] * 20), many)
    assert torch.equal(y_of_many, torch.cat([y] * 20))


@pytest.mark.parametrize("rows", [1, 4, 13])
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (7, 33), (130, 70), (512, 200)])
@pytest.mark.parametrize("bias", [True, False])
@TYPES
def test_a_linear_layer(inputs, outputs, rows, bias, dtype, in_each_set):
    torch.manual_seed(1)
    weight, b, x = torch.randn(outputs, inputs), torch.randn(outputs) if bias else None, torch.randn(rows, inputs)
    expected = reduced_torch.Linear(weight, b, dtype)(x)
    every = in_each_set(lambda: PackedLinear(weight, b, dtype)(x))
    for name, y in every.items():
        assert torch.equal(y, next(iter(every.values()))), name
        if dtype is torch.int8:
            assert torch.equal(y, expected), name
        # the worst of a sum of K exact products of about 1, in another order
        torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-6 + 1.2e-7 * inputs)


def test_an_int8_product_is_off_by_half_a_step_of_each_number():
    torch.manual_seed(1)
    weight, x = torch.randn(50, 300), torch.randn(20, 300)
    y, exact = PackedLinear(weight, None, torch.int8)(x), x.double() @ weight.double().T
    step_of_weight, step_of_x = weight.abs().amax(1) / 127, x.abs().amax(1, keepdim=True) / 127
    most = (step_of_weight / 2) * x.abs().sum(1, keepdim=True) + (step_of_x / 2) * weight.abs().sum(1)
    most = most + 300 * step_of_weight / 2 * step_of_x / 2
    assert ((y.double() - exact).abs() <= most).all()
    assert (y.double() - exact).abs().mean() < 0.05 * most.mean()  # errors of both signs cancel


@pytest.mark.parametrize(
    "rows", [[torch.inf, 1.0, 2.0], [torch.nan, 1.0, 2.0], [1e-38, -1e-40, 0.0], [3e38, -3e38, 1.0]]
)
@TYPES
def test_extreme_numbers_give_what_plain_torch_gives(rows, dtype, in_each_set):
    weight, x = torch.tensor([[0.5, -1.0, 0.25], [0.0, 0.0, 0.0]]), torch.tensor([rows, [1.0, 2.0, 3.0]])
    expected = reduced_torch.Linear(weight, None, dtype)(x)
    for name, y in in_each_set(lambda: PackedLinear(weight, None, dtype)(x)).items():
        assert torch.equal(y.nan_to_num(7.0), expected.nan_to_num(7.0)), name


def test_functions_of_the_cells_are_the_bits_of_the_kernels_without_contraction():
    """Those of reduced precision; the usual kernels may contract."""
    x = torch.cat([torch.linspace(-110, 110, 4001), torch.tensor([0.0, -0.0, 9.01, torch.inf, -torch.inf, torch.nan])])
    torch.testing.assert_close(reduced_torch.sigmoid(x), torch.sigmoid(x), rtol=1e-6, atol=1e-37, equal_nan=True)
    torch.testing.assert_close(reduced_torch.tanh(x), torch.tanh(x), rtol=1e-6, atol=0, equal_nan=True)


def test_what_does_not_fit_is_refused():
    cell = FUSED_CELLS["gru"]
    weights, _, _ = _problem(cell, 5, 7, 1)
    with pytest.raises(ValueError, match=r"dtype: expected torch\.int8 or torch\.bfloat16, got torch\.float16"):
        stream_step.pack(cell, weights, dtype=torch.float16)
    with pytest.raises(ValueError, match="int8: expected sums of at most 131072 products, got 131073"):
        PackedLinear(torch.zeros(1, 131073), None, torch.int8)


ARM = {"compiler": "aarch64-linux-gnu-g++", "emulator": "qemu-aarch64"}


@pytest.mark.skipif(not all(map(shutil.which, ["g++", *ARM.values()])), reason=f"needs g++, {', '.join(ARM.values())}")
def test_aarch64_comes_to_the_same_bits(tmp_path):
    """Of the plain code, which is held to that of all other sets above; emulated."""
    root = Path(__file__).parents[2]
    sources = [root / "csrc/reduced_isa.cpp", root / "csrc/arena.cpp", Path(__file__).with_name("reduced_bits.cpp")]
    flags = ["-std=c++17", "-O2", "-w", "-fopenmp", "-static", "-ffp-contract=off", f"-I{root / 'csrc'}"]
    flags += ["-DRECURRA_ISA=reduced_plain", '-DRECURRA_SET="plain"']
    printed = []
    for compiler, command in (("g++", []), (ARM["compiler"], [ARM["emulator"]])):
        program = tmp_path / compiler
        subprocess.run([compiler, *flags, *sources, "-o", program], check=True, capture_output=True)
        done = subprocess.run([*command, program], check=True, capture_output=True, text=True)
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    assert len(printed[0].splitlines()) == 3
