"""The networks that are compared, by names such as "gru", "bilstm", "rnn+clip+orthogonal" or "my_cells.py:MyCell"."""

import importlib
import importlib.util
import inspect
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from recurra.errors import DataError, quote
from recurra.nn.cells import CELLS, Cell

WITHOUT_CELL = ("mlp", "unitary")
OPTIONS = {
    "clip": "gradients longer than 1 are cut to 1",
    "orthogonal": "the recurrent matrices begin orthogonal",
    "identity": "the recurrent matrices begin as the identity, the biases as 0 (Le et al., 2015, with relu: IRNN)",
    "chrono": "gates begin so that memories last up to the length of the task (Tallec and Ollivier, 2018)",
    "norm": "both products of a step are normalized",
}
"""What may follow a name after "+"."""


@dataclass(frozen=True)
class NetworkName:
    """What a name says of a network.

    Attributes:
        name: the whole of it.
        base: it without its options.
        cell: makes the cell; None for the networks in `WITHOUT_CELL`.
        bidirectional: whether a second recurrence reads from the end.
        options: names in `OPTIONS`.
    """

    name: str
    base: str
    cell: Callable[..., Cell] | None
    bidirectional: bool = False
    options: frozenset[str] = frozenset()


def parse(name: str) -> NetworkName:
    """Find out what a name means.

    Args:
        name: "mlp" or "unitary"; a cell in `recurra.nn.cells.CELLS`, in two directions with "bi" before it; a cell of a
            person's own, "module:Class", "file.py" or "file.py:Class". After it options, "+clip" for instance.

    Raises:
        DataError: there is no such network; says what there is. A module or file has no such cell.
    """
    base, *options = name.split("+")
    for option in options:
        if option not in OPTIONS:
            raise DataError(
                f"cells: expected one of {', '.join(OPTIONS)} after +, got {quote(option)} in {quote(name)}"
            )
    named = _named(name, base, frozenset(options))
    if "chrono" in options and not {"f", "z"} & {*getattr(named.cell, "gates", ())}:
        raise DataError(f"cells: expected a cell with a gate f or z before +chrono, got {quote(name)}")
    return named


def _named(name: str, base: str, options: frozenset[str]) -> NetworkName:
    """What a name means whose options are known."""
    if base in WITHOUT_CELL:
        if options - {"clip"}:
            raise DataError(f"cells: expected {base} alone or {base}+clip, as it has no cell, got {quote(name)}")
        return NetworkName(name, base, None, options=options)
    if ":" in base or base.endswith(".py"):
        return NetworkName(name, base, _cell_of_a_person(base), options=options)
    if base in CELLS:
        return NetworkName(name, base, CELLS[base], options=options)
    if base.startswith("bi") and base[2:] in CELLS:
        return NetworkName(name, base, CELLS[base[2:]], True, options)
    raise DataError(
        f"cells: expected some of {', '.join([*WITHOUT_CELL, *CELLS])}, with bi before it for two directions and "
        f"{', '.join(f'+{option}' for option in OPTIONS)} after it, or module:Class or file.py, got {quote(name)}"
    )


def _cell_of_a_person(base: str) -> type[Cell]:
    """The cell that "module:Class", "file.py" or "file.py:Class" names."""
    source, _, class_name = base.partition(":")
    module = _module_of_file(Path(source)) if source.endswith(".py") else _module(source)
    if not class_name:
        cells: list[type[Cell]]
        cells = [value for value in vars(module).values() if _is_cell(value) and value.__module__ == module.__name__]
        if len(cells) != 1:
            names = ", ".join(cell.__name__ for cell in cells) or "none"
            raise DataError(
                f"{source}: expected one subclass of recurra.nn.cells.Cell, got {names}; name it: {base}:NAME"
            )
        return cells[0]
    cell: Any = getattr(module, class_name, None)
    if not _is_cell(cell):
        raise DataError(f"{source}: expected a subclass of recurra.nn.cells.Cell called {class_name}, found none")
    chosen: type[Cell] = cell
    return chosen


def _is_cell(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Cell) and value is not Cell


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # whatever code of others raises
        raise DataError(f"cells: expected a module that can be imported, {quote(name)}, got: {error}") from None


def _module_of_file(path: Path) -> ModuleType:
    """Run a file once; a second time it is the same module, so that its classes are."""
    name = f"recurra_cell_{zlib.crc32(str(path.resolve()).encode()):08x}"
    if name in sys.modules:
        return sys.modules[name]
    if not path.is_file():
        raise DataError(f"{path}: expected a file with a cell, found nothing there")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        line = getattr(error, "lineno", None) or _line_of(error, path)
        raise DataError(f"{path}:{line}: expected Python that runs, got {type(error).__name__}: {error}") from None
    return module


def _line_of(error: Exception, path: Path) -> int:
    """The line of a file at which an error came up; 1 where it was elsewhere."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename) == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
