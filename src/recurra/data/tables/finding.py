"""What the columns of a new table are: found out from their names and cells, unless a person says it."""

from collections.abc import Sequence

from recurra.data.files.numbers import MISSING as MISSING_TEXTS
from recurra.data.files.numbers import is_number
from recurra.data.sequences.header_names import INDICES, SEQUENCES, TIMES
from recurra.data.tables.choices import Choices
from recurra.data.tables.column import Column, Kind, Role
from recurra.data.tables.number_format import NumberFormat, is_code
from recurra.data.tables.time_format import TimeFormat, find_format
from recurra.errors import DataError

MOST_CATEGORIES = 1000
_MOST = 0.5  # share of the cells that have to be numbers or time stamps: the others are then errors


def is_missing(text: str, kind: Kind) -> bool:
    """Whether a cell stands for a missing one; among categories only an empty one does."""
    text = text.strip()
    return not text or (kind != "category" and text.lower() in MISSING_TEXTS)


def find_column(name: str, texts: Sequence[str], chosen: Kind | None, where: str) -> Column:
    """Find out what a column is.

    Args:
        name: in the header.
        texts: all of its cells.
        chosen: the kind that a person has said.
        where: the line of the header, for errors.

    Raises:
        DataError: it has more categories than can be learnt.
    """
    kind, form = _kind(texts, chosen)
    present = [text for text in texts if not is_missing(text, kind)]
    missing = next((text.strip() for text in texts if is_missing(text, kind)), None)
    if kind == "category":
        categories = list(dict.fromkeys(text.strip() for text in present))
        if len(categories) > MOST_CATEGORIES:
            raise DataError(
                f"{where}: expected at most {MOST_CATEGORIES:,} categories in column {name}, got {len(categories):,}; "
                f"--ignore {name} leaves it out"
            )
        return Column(name, kind, categories=categories, missing=missing)
    if form is not None:
        return Column(name, kind, time=form, missing=missing)
    numbers = [text for text in present if _is_number(text)]
    try:
        return Column(name, kind, number=NumberFormat.of_texts(numbers or ["0"]), missing=missing)
    except ValueError as error:
        raise DataError(f"{where}: column {name}: {error}; --columns {name}=category reads it as categories") from None


def _is_number(text: str) -> bool:
    return is_number(text)


def _kind(texts: Sequence[str], chosen: Kind | None) -> tuple[Kind, TimeFormat | None]:
    """The kind of a column, and the form of its time stamps, None where they are numbers."""
    present = [text for text in texts if not is_missing(text, "number")]
    if chosen in ("category", "number"):
        return chosen, None
    if chosen == "time":
        return "time", find_format(present, 0.0)
    if not present:
        return "category", None
    numbers = [text for text in present if is_number(text)]
    if len(numbers) >= _MOST * len(present):
        codes = sum(map(is_code, numbers))
        is_flag = len(numbers) == len(present) > 2 and set(present) <= {"0", "1"} and len(set(present)) == 2
        return ("category" if 2 * codes > len(numbers) or is_flag else "number"), None
    form = find_format(present, _MOST)
    return ("category", None) if form is None else ("time", form)


def names_series(name: str, texts: Sequence[str], choices: Choices) -> bool:
    """Whether a column names the series of a row: as a person says, or by its usual name, where names come again."""
    if choices.group:
        return name == choices.group
    return name.lower() in SEQUENCES and len(set(texts)) < len(texts)


def find_roles(columns: Sequence[Column], texts: Sequence[Sequence[str]], choices: Choices, where: str) -> list[Role]:
    """Find out the role of each column; see `Column.role`.

    Args:
        columns: in the order of the file; which one names series is known.
        texts: the cells of each.
        choices: what a person says.
        where: the line of the header, for errors.

    Raises:
        DataError: what should order rows are categories.
    """
    roles: list[Role] = [column.role for column in columns]
    for position, column in enumerate(columns):
        small = column.name.lower()
        if (not column.name or small in INDICES or small.startswith("unnamed:")) and _counts(texts[position]):
            roles[position] = "count"
    order = _order_of(columns, roles, choices, where)
    if order is not None:
        roles[order] = "order"
    return roles


def _order_of(columns: Sequence[Column], roles: Sequence[str], choices: Choices, where: str) -> int | None:
    """The position of the column that rows follow: as named, else by its usual name, else the only one of dates."""
    free = [position for position, role in enumerate(roles) if role == "value"]
    if choices.time:
        position = next(i for i, column in enumerate(columns) if column.name == choices.time)
        if columns[position].kind == "category":
            raise DataError(f"{where}: expected time stamps in column {choices.time}, got categories")
        return position
    named = [i for i in free if columns[i].name.lower() in TIMES and columns[i].kind != "category"]
    if named:
        return named[0]
    dates = [i for i in free if columns[i].time is not None]
    return dates[0] if len(dates) == 1 else None


def _counts(texts: Sequence[str]) -> bool:
    """Whether cells count rows, from any number on."""
    try:
        first = int(texts[0])
    except ValueError:
        return False
    return all(text == str(first + row) for row, text in enumerate(texts))
