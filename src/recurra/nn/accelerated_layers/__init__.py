"""Torch's own layers on the compiled kernels: subclasses of them with another `forward`, which serves where it gains.

Each asks sizes first, since what a small layer costs is mostly the asking, and calls torch's own `forward` where that
is the faster one, where somebody records operations to keep them, and for all that the kernels do not know.
"""

from recurra.nn.accelerated_layers import cells, linear, sequences
from recurra.nn.accelerated_layers.base import CLASSES, Accelerated, change_class, class_over, torch_class

__all__ = ["CLASSES", "Accelerated", "cells", "change_class", "class_over", "linear", "sequences", "torch_class"]
