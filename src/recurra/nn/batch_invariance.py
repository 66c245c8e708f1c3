"""Which networks' results for a sequence do not depend, to the last bit, on the sequences beside it."""

from torch import nn

from recurra.kernels import compiled
from recurra.nn.crf import CRF
from recurra.nn.dropout import Dropout
from recurra.nn.linear import Linear
from recurra.nn.pooling import Pooling
from recurra.nn.recurrent import Recurrent, fused
from recurra.nn.standardize import Standardize

_ROW_BY_ROW = (nn.Embedding, nn.Identity, Linear, CRF, Dropout, Standardize)
_CONTAINERS = (nn.ModuleList, nn.Sequential)
_POOLINGS = ("last", "max")  # the others are sums, whose order follows from the longest sequence of a batch


def holds_for(network: nn.Module) -> bool:
    """Whether all layers of a network are such within `kernels.batch_invariance.batch_invariant()`.

    What a network does besides calling its layers, it has to answer for itself.
    """
    return compiled.serves(*network.parameters()) and _holds_for_layers(network)


def _holds_for_layers(module: nn.Module) -> bool:
    if isinstance(module, Recurrent):
        return fused.cell_of(module) is not None
    if isinstance(module, Pooling):
        return module.kind in _POOLINGS
    if isinstance(module, _ROW_BY_ROW):
        return True
    children = list(module.children())
    is_leaf = not children and not isinstance(module, _CONTAINERS)
    return not is_leaf and all(map(_holds_for_layers, children))
