"""PyTorch's own recurrence, kept out of the graphs of torch.compile.

A module of its own, to be imported while a graph is made: what keeps a function out of graphs loads PyTorch's compiler,
which takes a second and 80 MB that nobody else is to pay for.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from recurra.kernels import native

run_outside_graphs: Callable[..., tuple[Tensor, tuple[Tensor, ...]]] = torch.compiler.disable(native.run)
"""`native.run`, which breaks a graph in two where it is called."""
