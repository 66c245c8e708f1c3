"""The compiled kernels as they are loaded, and what stands around them."""

import pytest
import torch

from recurra.kernels import FUSED_CELLS, compiled

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())


def test_the_variable_turns_them_off(monkeypatch):
    monkeypatch.setenv("RECURRA_KERNELS", "off")
    assert compiled._load() == (None, "turned off by RECURRA_KERNELS=off")


@needs_kernels
def test_a_variable_that_names_no_instruction_set_is_refused(monkeypatch):
    monkeypatch.setenv("RECURRA_KERNELS", "v9")
    with pytest.raises(ValueError, match=r"RECURRA_KERNELS: expected off, v2, v3 or v4 .*, got 'v9'"):
        compiled._load()


def test_kernels_of_other_cells_are_not_loaded(monkeypatch):
    pytest.importorskip("recurra.kernels._compiled")
    monkeypatch.delenv("RECURRA_KERNELS", raising=False)
    monkeypatch.setattr(compiled, "FUSED_CELLS", {"lstm": FUSED_CELLS["lstm"]})
    extension, reason = compiled._load()
    assert extension is None
    assert "built from other cells" in reason


@needs_kernels
def test_large_tensors_come_from_memory_that_an_earlier_one_has_left():
    like = torch.empty(0)
    first = compiled.pooled_empty(like, 1 << 10, 1 << 9)
    assert (first.shape, first.dtype) == ((1 << 10, 1 << 9), torch.float32)
    pointer = first.data_ptr()
    del first
    assert compiled.pooled_empty(like, 1 << 19).data_ptr() == pointer
    assert compiled.pooled_empty(like.double(), 1 << 19).dtype is torch.float64


def test_pointers_are_where_numbers_lie_and_zero_for_none():
    x = torch.zeros(3)
    assert compiled.data_pointers([x, None]) == [x.data_ptr(), 0]


def test_one_tensor_in_two_places_gets_two_gradients():
    x = torch.ones(2, requires_grad=True)
    first, second = compiled.apart([x, x])
    grads = torch.autograd.grad((2 * first + 3 * second).sum(), [first, second])
    assert [grad.tolist() for grad in grads] == [[2, 2], [3, 3]]


def test_what_is_negated_lazily_is_brought_to_memory_negated():
    lazy = torch.tensor([1 + 2j]).conj().imag
    assert lazy.is_neg()
    assert not compiled.serves(lazy)
    assert compiled.in_memory(lazy).tolist() == [-2]
    assert not compiled.in_memory(lazy).is_neg()
