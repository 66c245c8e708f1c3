"""What the columns of a file are found to be, by their names and by what a person has named."""

import re
from collections.abc import Sequence

from recurra.data.files.numbers import is_measured, is_number
from recurra.data.sequences import header_names
from recurra.data.sequences.column_names import ColumnNames
from recurra.data.sequences.header_names import LABELS, SEQUENCES, TEXTS, TIMES, usual_labels
from recurra.data.sequences.table_columns import Form, TableColumns, listed
from recurra.errors import DataError, quote


def guess(header: Sequence[str], names: ColumnNames, where: str, labelled: bool) -> TableColumns:
    """Find out what the columns of a new table are, from their names.

    Args:
        header: the names of the columns.
        names: those that a person has named.
        where: the line of the header, "file:1", for errors.
        labelled: whether there has to be a label.

    Raises:
        DataError: a name is missing or doubled, there is no header, or names leave open what is meant.
    """
    if names.text and (names.group or names.time):
        raise DataError(f"{where}: expected a row to be a text (--text) or a step (--group, --time), got both")
    left_out = _left_out(header, names, where)
    free = [name for name in header if name not in left_out]
    label = _choose(free, names.label, usual_labels(free), "label", where)
    text = _choose(free, names.text, () if names.group or names.time else TEXTS, "text", where)
    group = None
    if text is None:
        group = _choose(free, names.group, () if names.time else SEQUENCES, "group", where)
    _refuse_numbers(free, (label, text, group), where, labelled)
    _refuse_doubles(free, where)
    if labelled and label is None:
        hint = header_names.hint(free) if text is None else ""
        raise DataError(
            f"{where}: expected a column label, class or target, or --label NAME, got {listed(header)}{hint}"
        )
    if text is not None:
        left_out |= {name: "a row is a text" for name in free if name not in (label, text)}
        return TableColumns("text", [], label, text=text, left_out=left_out)
    time = _time(free, names, group, where)
    features = [name for name in free if name not in (label, group, time)]
    form: Form = "series" if group is None and time is None else "steps"
    if not features:
        got = ", ".join(repr(name) for name in (label, group, time) if name is not None)
        raise DataError(f"{where}: expected columns of features beside {got or 'those left out'}, got none")
    return TableColumns(form, features, label, group, time, left_out=left_out)


def of_file(
    columns: TableColumns, header: Sequence[str], names: ColumnNames, where: str, labelled: bool
) -> TableColumns:
    """Find out what the columns of a file are whose features are those of frames in memory; arguments as of `guess`.

    Raises:
        DataError: a column is missing; names it.
    """
    check(columns, header, where, labelled=False)
    features = set(columns.features)
    free = [name for name in header if name not in features]
    label = _choose(free, names.label, usual_labels(free), "label", where)
    if labelled and label is None:
        raise DataError(f"{where}: expected a column label, class or target, or --label NAME, got {listed(header)}")
    group = time = None
    if columns.form == "steps":
        group = _choose(free, names.group, () if names.time else SEQUENCES, "group", where)
        time = _choose(free, names.time, TIMES, "time", where)
    left_out = {name: "not learnt from" for name in free if name not in (label, group, time)}
    return TableColumns(columns.form, columns.features, label, group, time, left_out=left_out)


def is_header(cells: Sequence[str], names: ColumnNames, columns: TableColumns | None) -> bool:
    """Whether the first line of a file that may also be one of lines `label<TAB>text` names columns."""
    if columns is not None:
        return set(columns.needed(labelled=False)) <= set(cells)
    if names.label or names.group or names.time or names.text:
        return True
    return header_names.are_names(cells)


def leave_out_labels(columns: TableColumns, header: Sequence[str], cells: Sequence[str]) -> None:
    """Leave out a column that is called like a label, but is not the one that was asked for, where it holds text.

    Args:
        columns: what the columns are; changed.
        header: the names of the columns.
        cells: the first row.
    """
    for name, cell in zip(header, cells, strict=True):
        is_label = name in columns.features and name.lower() in LABELS and name != "y"
        if is_label and not is_measured(cell.strip()) and len(columns.features) > 1:
            columns.features.remove(name)
            columns.left_out[name] = "text beside the label"


def check(columns: TableColumns, header: Sequence[str], where: str, labelled: bool) -> None:
    """Hold a further table to the columns of the first.

    Raises:
        DataError: a column is missing; names it.
    """
    needed = columns.needed(labelled)
    there = set(header)
    missing = [name for name in needed if name not in there]
    if labelled and columns.label is None:
        raise DataError(f"{where}: expected a column of labels, but what was learnt from had none")
    if missing:
        raise DataError(f"{where}: expected the columns of the training, got none named {listed(missing)}")
    counted = set(needed)
    _refuse_doubles([name for name in header if name in counted], where)


def _left_out(header: Sequence[str], names: ColumnNames, where: str) -> dict[str, str]:
    """Columns that a person leaves out, and those without a name, such as the index that pandas writes."""
    left_out = {}
    for name in names.ignored:
        left_out[_named(header, name, "ignore", where)] = "as asked"
    for name in header:
        if (not name or re.fullmatch(r"Unnamed: [0-9]+", name)) and name not in left_out:
            left_out[name] = "an index without a name"
    for name in (names.label, names.group, names.time, names.text):
        if name and left_out.get(name) != "as asked":
            left_out.pop(name, None)
    return left_out


def _choose(header: Sequence[str], named: str, usual: Sequence[str], option: str, where: str) -> str | None:
    """The column that a person has named, or the only one with a usual name; None where there is none."""
    if named:
        return _named(header, named, option, where)
    candidates = [name for name in header if name.lower() in usual]
    if len(candidates) > 1:
        raise DataError(
            f"{where}: expected one column of {', '.join(usual)}, got {listed(candidates)}; choose: --{option}"
        )
    return candidates[0] if candidates else None


def _named(header: Sequence[str], name: str, option: str, where: str) -> str:
    """The name that a person has given to `--option`, which must be that of a column."""
    if name not in header:
        raise DataError(f"{where}: expected a column {name!r} (--{option}), got {listed(header)}")
    return name


def _time(header: Sequence[str], names: ColumnNames, group: str | None, where: str) -> str | None:
    """The column that orders steps; where no column names sequences, only if a person says that rows are steps."""
    if names.time:
        return _named(header, names.time, "time", where)
    time = _choose(header, "", TIMES, "time", where)
    if time is not None and group is None:
        raise DataError(
            f"{where}: expected a column sequence or id beside {quote(time)}, got {listed(header)}; "
            f"--group NAME names it, --time {time} takes all rows as one sequence, --ignore {time} each row as a series"
        )
    return time


def _refuse_doubles(names: Sequence[str], where: str) -> None:
    """Refuse a name that stands there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"{where}: expected each column once, got {quote(name)} twice")
        seen.add(name)


def _refuse_numbers(header: Sequence[str], known: Sequence[str | None], where: str, labelled: bool) -> None:
    """Refuse a file without a header, whose first row would be lost.

    Numbers may be names beside a column whose name is known, as in "0,1,2,label", or where they count from 0, which is
    how pandas calls the columns of an array.
    """
    if any(name is not None for name in known):
        return
    if not labelled and list(header) == [str(i) for i in range(len(header))]:
        return
    numbers = [name for name in header if is_number(name)]
    if numbers:
        raise DataError(
            f"{where}: expected a header, the names of the columns, got numbers: {listed(header)}; "
            "put a line of names first"
        )
