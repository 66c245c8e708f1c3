"""Gradients that can be differentiated again, on a GPU too.

PyTorch's recurrent layers run on cuDNN there, which has no second derivatives, and first ones in training mode only.
Within `twice_differentiable` they run in PyTorch's own steps, which have all.
"""

import threading
from contextlib import AbstractContextManager, nullcontext

import torch


class _Switch:
    """cuDNN's switch, which is the whole program's: off from the first block of any thread to the end of the last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocks = 0
        self.before = True  # as the first block met it

    def __enter__(self) -> None:
        with self.lock:
            if not self.blocks:
                self.before = torch.backends.cudnn.enabled
                torch.backends.cudnn.enabled = False
            self.blocks += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.blocks -= 1
            if not self.blocks:
                torch.backends.cudnn.enabled = self.before


_cudnn_off = _Switch()


def twice_differentiable(device: torch.device) -> AbstractContextManager[None]:
    """Let what is computed on a device in the block have second derivatives; nothing changes where that is no GPU."""
    return _cudnn_off if device.type == "cuda" else nullcontext()
