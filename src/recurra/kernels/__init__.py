"""Floor 1: the arithmetic of recurrence as torch operations.

`native` is PyTorch's own path, `packed` one step of a stream, `reference` the same in plain torch for every cell. The
compiled kernels of csrc/ will join them here; a layer of `recurra.nn` asks this package and nothing below it.
"""

from recurra.kernels.cross_entropy import linear_cross_entropy

__all__ = ["linear_cross_entropy"]
