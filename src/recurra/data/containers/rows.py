"""What a container holds, always by position: lists, arrays, tensors, and the series and frames of other libraries.

A pandas Series is asked for a row by the label of its index, `series[3]`, and a shuffled one answers with another row
than the fourth; so nothing that a person gives is indexed before it went through here.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from recurra.errors import DataError, quote

if TYPE_CHECKING:
    import torch

Rows = Any  # a list, or an array whose first axis are the rows


def rows(data: Any) -> Rows:
    """Give the rows of a container, as a list or as an array.

    Args:
        data: a list, tuple, range or iterator; a NumPy array or what becomes one, the fields of a structured one as its
            columns; a torch tensor; a Series or DataFrame of pandas, Polars and the like. Texts and dictionaries are no
            containers and come back as they are.

    Returns:
        A list; or an array where the rows are numbers, or of more than one axis.

    Raises:
        DataError: it is a set, whose rows have no order.
    """
    if isinstance(data, list | str | bytes | Mapping) or is_sparse(data):
        return data
    if isinstance(data, set | frozenset):
        raise DataError(f"expected a list, or another container with an order, got {type(data).__name__} {quote(data)}")
    if _is_tensor(data):
        return _of_tensor(data)
    if isinstance(data, np.ma.MaskedArray):
        return np.ma.filled(data.astype(np.float64), np.nan)
    if not isinstance(data, np.ndarray):
        if hasattr(data, "to_numpy"):
            data = data.to_numpy()
        elif hasattr(data, "__array__"):
            data = np.asarray(data)
        elif isinstance(data, Iterable):
            return list(data)
        else:
            return data
    if data.dtype.names:
        data = _of_fields(data)
    return data.tolist() if data.ndim == 1 and data.dtype.kind in "OUST" else data


def is_container(data: Any) -> bool:
    """Whether something holds rows; a text does not."""
    if isinstance(data, str | bytes | Mapping):
        return False
    return isinstance(data, Iterable) and getattr(data, "ndim", 1) > 0  # arrays of one number have no rows


def is_sparse(data: Any) -> bool:
    """Whether this is a sparse matrix, as SciPy has them."""
    return hasattr(data, "toarray")


def is_frame(data: Any) -> bool:
    """Whether this is a table with named columns, of pandas, Polars and the like."""
    return hasattr(data, "columns") and hasattr(data, "to_numpy")


def only_column(frame: Any, expected: str) -> Any:
    """The one column of a frame, as a series.

    Args:
        frame: for which `is_frame` holds.
        expected: what an error says was expected.

    Raises:
        DataError: it has more columns, or none.
    """
    names = [str(name) for name in frame.columns]
    if len(names) != 1:
        raise DataError(f"{expected}, got a frame with the columns {quote(', '.join(names))}; give one of them")
    return frame[frame.columns[0]]


def is_missing(value: Any) -> bool:
    """Whether this stands for nothing: None, NaN, and what pandas has for them."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating | np.datetime64) and bool(value != value)


def _of_fields(array: np.ndarray) -> np.ndarray:
    """The fields of a structured array on an axis of their own, the last."""
    fields = [np.asarray(array[name]) for name in array.dtype.names or ()]
    if any(field.dtype.kind not in "biuf" for field in fields):
        fields = [field.astype(object) for field in fields]  # else NumPy would write numbers beside texts as texts
    return np.stack(fields, -1)


def _is_tensor(data: Any) -> bool:
    """Whether this is a tensor of torch; where torch has not been imported nothing is, and it need not be."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(data, torch.Tensor)


def _of_tensor(tensor: "torch.Tensor") -> Rows:
    import torch  # which made the tensor

    if tensor.is_nested:
        return [_of_tensor(part) for part in tensor.unbind()]
    tensor = tensor.detach().cpu()
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype == torch.bfloat16:  # NumPy has none
        tensor = tensor.float()
    return tensor.resolve_conj().resolve_neg().numpy()
