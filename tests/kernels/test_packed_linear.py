import pytest
import torch

from recurra.kernels import compiled
from recurra.kernels.packed_linear import PackedLinear

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason="there are no compiled kernels")
SIZES = pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (7, 33), (64, 65), (512, 70), (1300, 200)])


def _layer(inputs, outputs):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(outputs, inputs, generator=generator), torch.randn(outputs, generator=generator)


@SIZES
@pytest.mark.parametrize("rows", [1, 2, 13, 100])
@pytest.mark.parametrize("bias", [True, False])
def test_it_is_the_linear_layer(instruction_set, inputs, outputs, rows, bias):
    weight, b = _layer(inputs, outputs)
    x = torch.randn(rows, inputs, generator=torch.Generator().manual_seed(2))
    expected = x.double() @ weight.double().T + (b.double() if bias else 0)
    y = PackedLinear(weight, b if bias else None)(x)
    # a partial sum of K products of about 1 is about sqrt(K), and is rounded K times, at random: eps sqrt(K) sqrt(K)
    torch.testing.assert_close(y, expected.float(), rtol=1e-5, atol=1e-6 + 1.2e-7 * inputs)


@SIZES
@pytest.mark.parametrize("threads", [1, 2])
def test_a_row_has_the_same_bits_whatever_stands_beside_it(instruction_set, inputs, outputs, threads, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    layer = PackedLinear(*_layer(inputs, outputs))
    x = torch.randn(150, inputs, generator=torch.Generator().manual_seed(2))
    together = layer(x)
    for count in (*range(1, 27), 97):
        assert torch.equal(layer(x[:count]), together[:count])
        assert torch.equal(layer(x[-count:]), together[-count:])


def test_later_changes_do_not_reach_it():
    weight, bias = _layer(7, 33)
    layer, x = PackedLinear(weight, bias), torch.ones(2, 7)
    before = layer(x)
    weight.zero_()
    bias.zero_()
    assert torch.equal(layer(x), before)
    assert layer(torch.ones(0, 7)).shape == (0, 33)


def test_what_does_not_fit_is_refused():
    weight, bias = _layer(7, 33)
    with pytest.raises(ValueError, match=r"expected x of shape \(N, 7\), got \(2, 8\)"):
        PackedLinear(weight, bias)(torch.ones(2, 8))
    with pytest.raises(ValueError, match="expected float32 on the CPU"):
        PackedLinear(weight, bias)(torch.ones(2, 7, dtype=torch.float64))
    with pytest.raises(ValueError, match="packed linear: bias"):
        PackedLinear(weight, bias[:-1])
