"""The precision in which a network answers that has learnt: its weights as they are, or fewer bits of them."""

from collections.abc import MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

from recurra.errors import DataError
from recurra.kernels.reduced_precision import ReducedPrecision
from recurra.kernels.reduced_types import REDUCED_TYPES
from recurra.nn import reduced_precision
from recurra.settings.answering_precision import AnsweringPrecision

_reduced: MutableMapping[nn.Module, ReducedPrecision] = WeakKeyDictionary()


def use(networks: Sequence[nn.Module], precision: AnsweringPrecision, name: str) -> None:
    """Let networks answer so from now on, wherever they are `evaluating`; their weights must stay as they are.

    Args:
        networks: that have learnt.
        precision: "float32" for their weights as they are.
        name: of the job, for the error.

    Raises:
        DataError: a network cannot be computed so; nothing has changed then.
    """
    if precision not in ("float32", *REDUCED_TYPES):
        raise DataError(f"precision: expected float32, {' or '.join(REDUCED_TYPES)}, got {precision!r}")
    for network in networks:
        fault = "" if precision == "float32" else reduced_precision.why_not(network)
        if fault:
            raise DataError(f"precision: expected float32 for this {name}: {fault}; got {precision!r}")
    for network in networks:
        _reduced.pop(network, None)
        if precision != "float32":
            _reduced[network] = ReducedPrecision(REDUCED_TYPES[precision])


def of(network: nn.Module) -> ReducedPrecision | None:
    """What a network answers with; None for its weights as they are."""
    return _reduced.get(network)


def answering(network: nn.Module) -> AbstractContextManager[Any]:
    """Let this thread compute in the precision in which the network answers."""
    return of(network) or nullcontext()
