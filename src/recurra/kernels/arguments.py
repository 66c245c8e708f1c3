"""What the registered operations are given, checked before an address leaves Python.

Eager layers check types by `compiled.serves` before they call a kernel. An operation can be called by anyone, and a
program that was exported runs on whatever its weights have become.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def is_served(operation: str, tensors: Mapping[str, Tensor | None]) -> bool:
    """Whether the compiled kernels can read these numbers: float32, all of them.

    Raises:
        ValueError: they are not of one floating-point type, on the CPU and strided.
    """
    first, dtype = "", torch.float32
    for name, tensor in tensors.items():
        if tensor is None:
            continue
        if tensor.device.type != "cpu" or tensor.layout is not torch.strided:
            raise ValueError(f"{operation}: {name}: expected strided numbers on the CPU, got {described(tensor)}")
        if not first:
            first, dtype = name, tensor.dtype
        if tensor.dtype is not dtype:
            raise ValueError(f"{operation}: {name}: expected {dtype} as {first} is, got {tensor.dtype}")
    if not dtype.is_floating_point:
        raise ValueError(f"{operation}: {first}: expected floating-point numbers, got {dtype}")
    return dtype is torch.float32


def require_one_device(operation: str, *tensors: Tensor | None) -> None:
    """Refuse tensors of which some are on the meta device: PyTorch would take the room of the others for results."""
    devices = {str(tensor.device) for tensor in tensors if tensor is not None}
    if len(devices) > 1:
        raise ValueError(f"{operation}: expected all tensors on one device, got {', '.join(sorted(devices))}")


def require_shape(operation: str, name: str, tensor: Tensor | None, shape: Sequence[int]) -> None:
    """Refuse a tensor of another shape; None is none."""
    if tensor is not None and tuple(tensor.shape) != tuple(shape):
        raise ValueError(f"{operation}: {name}: expected shape {tuple(shape)}, got {tuple(tensor.shape)}")


def require_whole(operation: str, name: str, tensor: Tensor | None) -> None:
    """Refuse anything but int64 on the CPU; None is none."""
    if tensor is None:
        return
    if tensor.dtype is not torch.int64 or tensor.device.type != "cpu" or tensor.layout is not torch.strided:
        raise ValueError(f"{operation}: {name}: expected int64 on the CPU, got {described(tensor)}")


def require_count(operation: str, name: str, values: Sequence[object], count: int) -> None:
    """Refuse a list of another length."""
    if len(values) != count:
        raise ValueError(f"{operation}: {name}: expected {count}, got {len(values)}")


def described(tensor: Tensor) -> str:
    """Type, device and layout, as an error names them."""
    layout = "" if tensor.layout is torch.strided else f", {tensor.layout}"
    return f"{tensor.dtype} on {tensor.device}{layout}"
