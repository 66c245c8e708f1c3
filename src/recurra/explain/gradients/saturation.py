"""How much of a layer is saturated: where gates and states stand at the ends of their range, and gradients stop."""

import torch
from torch import Tensor

_TANH = 0.97  # beyond it the slope of tanh is below 0.06
_OPEN, _CLOSED = 0.95, 0.05  # beyond them the slope of a sigmoid is below 0.05
_OF_TANH = {"RNN_TANH": ("h",), "LSTM": ("g",), "GRU": ("n",)}
DEAD = "dead units"
"""Name of the share of units of a rectifier that are zero at every step of every sequence."""


def saturated_shares(kind: str, values: dict[str, Tensor], states: tuple[str, ...]) -> dict[str, float]:
    """Share of the time that each gate is saturated, from 0 to 1; of a tanh layer its state, of a rectifier dead units.

    Args:
        kind: of the layer, such as "LSTM".
        values: states and gates by name, of all real steps, (N, ...).
        states: names of those that are states. What a cell of the user's own gives besides is taken for gates where
            it stays between 0 and 1, and for a tanh where it stays between -1 and 1.
    """
    if kind == "RNN_RELU":
        return {DEAD: float((values["h"] == 0).all(0).float().mean())}
    names = [name for name in values if name not in states]
    shares = {name: _share(values[name], name in _OF_TANH.get(kind, ())) for name in names}
    if kind == "RNN_TANH":
        shares["h"] = _share(values["h"], is_tanh=True)
    return {name: share for name, share in shares.items() if share is not None}


def _share(value: Tensor, is_tanh: bool) -> float | None:
    low, high = (float(end) for end in torch.aminmax(value))
    if is_tanh or (low < 0 and low >= -1 and high <= 1):
        return float((value.abs() > _TANH).float().mean())
    if low >= 0 and high <= 1:
        return float(((value > _OPEN) | (value < _CLOSED)).float().mean())
    return None
