"""The names of features that data in memory bear, and columns taken by them, in the order of the training."""

from typing import Any

from recurra.data.containers.rows import is_frame
from recurra.data.sequences.table_columns import TableColumns, listed
from recurra.errors import DataError


def names_of(data: Any) -> list[str] | None:
    """Give the names of the columns of a frame, the fields of a structured array, or the last axis of an xarray.

    Returns:
        Names as text, doubled ones too; None where there are none.
    """
    if is_frame(data):
        return [str(name) for name in data.columns]
    fields = getattr(getattr(data, "dtype", None), "names", None)
    if fields:
        return list(fields)
    axes = getattr(data, "dims", None)
    if axes and len(axes) > 1 and axes[-1] in getattr(data, "coords", ()):
        return [str(name) for name in data.coords[axes[-1]].values.tolist()]
    return None


def are_counted(names: list[str]) -> bool:
    """Whether names only count from 0, as those that pandas and Polars make for the columns of an array."""
    return _counted(names) is not None


def columns_of(data: Any, form: Any) -> TableColumns | None:
    """What the columns of data in memory are; None where they have no names, or such as only count."""
    names = names_of(data)
    if names is None or are_counted(names):
        return None
    return TableColumns(form, names, in_memory=True)


def named(names: list[str] | None) -> TableColumns | None:
    """Columns of these names, for `order`."""
    return None if names is None else TableColumns("steps", names, in_memory=True)


def order(columns: TableColumns | None, names: list[str], where: str, as_in: str = "in training") -> list[int] | None:
    """Where the features of the training lie among the columns of other data.

    Args:
        columns: of the training; None where they had no names.
        names: of the columns of the other data.
        where: what an error calls these. as_in: what it calls the training.

    Returns:
        The position of each feature; None to take the columns as they lie, because one side has no names, or because
        they are alike.

    Raises:
        DataError: names differ; says which. Columns of the training's table that are no features, such as its label,
            may be among them, and are left out.
    """
    features = _counted(names) if columns is None else columns.features
    if columns is not None and are_counted(names) and set(names) != set(columns.features):
        features = _counted(names)
    if features is None or names == features:
        return None
    extra = set(names) - set(features) - _no_features(columns)
    missing = [name for name in features if name not in names]
    positions = {name: i for i, name in enumerate(names)}
    doubled = [name for i, name in enumerate(names) if positions[name] != i and name in features]
    if extra or missing or doubled:
        parts = [f"missing: {listed(missing)}"] if missing else []
        parts += [f"unexpected: {listed([name for name in names if name in extra])}"] if extra else []
        parts += [f"doubled: {listed(doubled)}"] if doubled else []
        raise DataError(
            f"{where}: expected the columns {listed(features)}, as {as_in}, got {listed(names)} ({'; '.join(parts)})"
        )
    return [positions[name] for name in features]


def _counted(names: list[str]) -> list[str] | None:
    """Names that count from 0, in the order of their numbers; None where they are other names."""
    for form in ("{}", "column_{}"):
        counted = [form.format(i) for i in range(len(names))]
        if set(names) == set(counted):
            return counted
    return None


def _no_features(columns: TableColumns | None) -> set[str]:
    """The names of columns that nothing was learnt from."""
    if columns is None:
        return set()
    return {*columns.left_out, *filter(None, (columns.label, columns.group, columns.time, columns.text))}
