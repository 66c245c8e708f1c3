"""The settings of a recurrent layer: what they may be, and those that are shown."""

from collections.abc import Mapping
from typing import Any

from recurra.nn.cells import Cell

DEFAULTS: dict[str, Any] = {
    "num_layers": 1,
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
    "proj_size": 0,
    "variational": False,
    "weight_dropout": 0.0,
    "zoneout": 0.0,
    "layer_norm": False,
    "residual": False,
    "orthogonal": False,
    "forget_bias": None,
    "checkpoint_every": 0,
}
"""Settings besides the two sizes, in the order in which a layer's text shows them."""


def check_sizes(input_size: int, hidden_size: int, num_layers: int, proj_size: int) -> None:
    """Refuse sizes that no layer has with a ValueError."""
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if size < 1:
            raise ValueError(f"{name}: expected at least 1, got {size}")
    if not 0 <= proj_size < hidden_size:
        raise ValueError(f"proj_size: expected less than hidden_size {hidden_size}, got {proj_size}")


def check_training(dropout: float, weight_dropout: float, checkpoint_every: int) -> None:
    """Refuse what is out of its range with a ValueError."""
    for name, p in (("dropout", dropout), ("weight_dropout", weight_dropout)):
        if not 0 <= p <= 1:
            raise ValueError(f"{name}: expected a probability in 0..1, got {p}")
    if checkpoint_every < 0:
        raise ValueError(f"checkpoint_every: expected a number of steps, or 0 for none, got {checkpoint_every}")


def state_shapes(cell: Cell, proj_size: int) -> dict[str, tuple[int, ...]]:
    """The shape of each state of one sequence, as the cell declares it; with `proj_size` h is of that many units."""
    shapes = {name: tuple(shape) for name, shape in cell.state_shapes().items()}
    if tuple(shapes) != cell.states or cell.states[0] != "h" or shapes["h"] != (cell.hidden_size,):
        expected = f"h of shape ({cell.hidden_size},) first among {cell.states}"
        raise ValueError(f"{type(cell).__name__}.state_shapes: expected {expected}, got {shapes}")
    if tuple(cell.gate_sizes()) != cell.gates:
        raise ValueError(f"{type(cell).__name__}.gate_sizes: expected {cell.gates}, got {tuple(cell.gate_sizes())}")
    if not proj_size:
        return shapes
    if not cell.projectable:
        raise ValueError(f"proj_size: expected 0 for {type(cell).__name__}, got {proj_size}")
    return shapes | {"h": (proj_size,)}


def zoneout_by_state(zoneout: float | tuple[float, ...], names: tuple[str, ...]) -> dict[str, float]:
    """The probability of each state, from one number for all or one a state."""
    values = tuple(zoneout) if isinstance(zoneout, tuple | list) else (zoneout,) * len(names)
    if len(values) != len(names) or not all(0 <= p <= 1 for p in values):
        raise ValueError(f"zoneout: expected a probability for each of {names}, got {zoneout}")
    return dict(zip(names, values, strict=True))


def described(settings: Mapping[str, Any]) -> str:
    """The sizes, and the settings that differ from the defaults."""
    values = dict(settings)
    zoneout = tuple(settings["zoneout"].values())
    values["zoneout"] = zoneout if any(zoneout) else 0.0
    changed = [f"{name}={values[name]}" for name, default in DEFAULTS.items() if values[name] != default]
    return ", ".join([f"{settings['input_size']}, {settings['hidden_size']}", *changed])
