"""The compiled kernels: whether they are here, which instruction set runs, and for what they serve.

The environment variable `RECURRA_KERNELS` chooses: "off" for none, or the name of an instruction set, "v4" (AVX-512),
"v3" (AVX2) or "v2" (SSE4.2), to run less than the processor offers.
"""

import math
import os
import platform
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from recurra.kernels.fused_cells import FUSED_CELLS


def _load() -> tuple[ModuleType | None, str]:
    """Import the extension; where it cannot serve, say why."""
    asked = os.environ.get("RECURRA_KERNELS", "")
    if asked == "off":
        return None, "turned off by RECURRA_KERNELS=off"
    try:
        from recurra.kernels import _compiled  # after torch: both then run on torch's OpenMP threads
    except ImportError as error:
        return None, f"not built: {error}"
    if not _compiled.name():
        return None, "this processor runs none of the instruction sets that they were compiled for"
    expected = [
        (cell.name, cell.gates, cell.saved_per_unit, cell.has_memory, cell.is_projectable, cell.sums_products)
        for cell in FUSED_CELLS.values()
    ]
    if _compiled.cells() != expected:
        return None, "built from other cells than those of kernels/fused_cells.py; build them again"
    if asked and not _compiled.choose(asked):
        raise ValueError(f"RECURRA_KERNELS: expected off, v2, v3 or v4 as far as this processor runs it, got {asked!r}")
    return _compiled, ""


_loaded, _reason = _load()
if TYPE_CHECKING:
    from recurra.kernels import _compiled

    extension = _compiled
else:
    extension = _loaded
"""The extension module; None where not `enabled()`."""

Empty = Callable[..., Tensor]  # makes a tensor, not filled, of the type and device of another: (like, *shape)

_POOLED_FROM = 1 << 18  # numbers: below 1 MiB, fresh memory is as good


def enabled() -> bool:
    """Whether compiled kernels run at all."""
    return _loaded is not None


def why_not() -> str:
    """Why no compiled kernel runs; empty where they do."""
    return _reason


def instruction_set() -> str:
    """The instruction set that runs: "v4", "v3", "v2", "plain"; empty for none."""
    return extension.name() if enabled() else ""


@cache
def has_mkl_at_home() -> bool:
    """Whether PyTorch multiplies by MKL on a processor of MKL's maker, for which alone MKL uses all that it has."""
    if not torch.backends.mkl.is_available():
        return False
    try:
        return "GenuineIntel" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return "GenuineIntel" in platform.processor()


def openmp_runtimes() -> list[str]:
    """The OpenMP libraries that this process has loaded; more than one would fight over the cores. Empty if unknown."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return []
    files = {Path(line.split()[-1]).resolve() for line in lines if "/" in line}
    return sorted(str(file) for file in files if re.match(r"lib(g|i)?omp", file.name))


def vector_floats() -> int:
    """Numbers in a vector of that set."""
    return extension.vector_floats()


def bf16_instructions() -> str:
    """The instructions that multiply bfloat16 numbers: as `instruction_set`, or "v4_bf16" or "v4_amx"."""
    return extension.bf16_name() if enabled() else ""


def multiplies_bf16() -> bool:
    """Whether these have instructions for it, with which oneDNN is fast too; else they widen to float32."""
    return bf16_instructions() in ("v4_bf16", "v4_amx")


def peak_gflops(threads: int) -> float:
    """Measure the bound of every kernel: multiplying and adding in registers alone, in 10^9 operations a second."""
    return extension.peak(threads) / 1e9 if enabled() else 0.0


def transformed(*gradients: Tensor) -> bool:
    """Whether vmap, jvp or one of their kin is at work, or one of these stands for a batch (`is_grads_batched`).

    They see through plain torch operations only.
    """
    if torch.compiler.is_compiling():
        return False  # torch.compile takes such transformations apart itself
    functorch = torch._C._functorch
    if functorch.peek_interpreter_stack() is not None or torch.autograd.forward_ad._current_level >= 0:
        return True
    return any(functorch.is_legacy_batchedtensor(g) for g in gradients)


def serves(*tensors: Tensor) -> bool:
    """Whether compiled kernels can take these: float32 on the CPU, and nothing that changes types or meaning."""
    if _loaded is None or torch.is_autocast_enabled("cpu") or transformed():
        return False
    compiling = torch.compiler.is_compiling()
    for t in tensors:  # a loop, since short calls are mostly this
        if t.dtype is not torch.float32 or not t.is_cpu or t.layout is not torch.strided:
            return False
        if not compiling and t.is_neg():
            return False  # what is negated lazily lies in memory unnegated
    return True


def is_bf16_asked() -> bool:
    """Whether products are asked for of bfloat16 numbers, by `torch.autocast("cpu", torch.bfloat16)`."""
    return torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is torch.bfloat16


def serves_in_bf16(*tensors: Tensor) -> bool:
    """Whether compiled kernels can take these where `is_bf16_asked`: float32 or bfloat16 on the CPU."""
    if _loaded is None or not is_bf16_asked() or transformed():
        return False
    compiling = torch.compiler.is_compiling()
    for t in tensors:
        if t.dtype not in (torch.float32, torch.bfloat16) or not t.is_cpu or t.layout is not torch.strided:
            return False
        if not compiling and t.is_neg():
            return False
    return True


def traced(x: Tensor) -> bool:
    """Whether someone records operations, so that a kernel must be seen as one."""
    return (
        torch.compiler.is_compiling()
        or type(x) not in (Tensor, nn.Parameter)
        or torch._C._len_torch_dispatch_stack() > 0
        or torch.jit._trace.is_tracing()
    )


def in_memory(tensor: Tensor) -> Tensor:
    """The same numbers side by side; what is negated lazily is negated."""
    return (tensor.resolve_neg() if tensor.is_neg() else tensor).contiguous()


def apart(tensors: Sequence[Tensor]) -> list[Tensor]:
    """The same tensors as separate inputs of a graph, for their gradients one by one.

    One tensor may stand in two places (weights that are tied), or have been computed from another (a state from the
    input): its gradient would count both.
    """
    return [t.view_as(t) if t.requires_grad else t for t in tensors]


def pooled_empty(like: Tensor, *shape: int) -> Tensor:
    """A tensor of this shape, not filled, of the type and device of `like`.

    Large ones, float32 on the CPU, lie in memory that an earlier tensor of the kind has left.
    """
    count = math.prod(shape)
    if count < _POOLED_FROM or _loaded is None or like.dtype is not torch.float32 or not like.is_cpu:
        return like.new_empty(shape)
    return extension.pooled_empty(count).view(shape)


def data_pointers(tensors: Sequence[Tensor | None]) -> list[int]:
    """Where each tensor's numbers lie; 0 for None."""
    return [0 if t is None else t.data_ptr() for t in tensors]
