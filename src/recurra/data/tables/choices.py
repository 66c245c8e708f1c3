"""What a person says of the columns of a table of series."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, cast

from recurra.data.tables.column import Kind
from recurra.errors import DataError, quote

_KINDS = ("number", "category", "time")


@dataclass(frozen=True)
class Choices:
    """Columns that a person names.

    Attributes:
        kinds: of columns, by name.
        group: the column that names the series of a row; "" finds it out.
        time: the column of the time stamps that the rows of a series follow; "" finds it out.
        ignored: columns to leave out.
    """

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    group: str = ""
    time: str = ""
    ignored: tuple[str, ...] = ()

    @classmethod
    def of(cls, kinds: str = "", group: str = "", time: str = "", ignore: str = "") -> Self:
        """Read what stands in settings.

        Args:
            kinds: such as "price=number,shop=category".
            group, time: names of columns.
            ignore: names between commas.

        Raises:
            DataError: `kinds` is of another form.
        """
        by_name: dict[str, Kind] = {}
        for part in filter(None, (part.strip() for part in kinds.split(","))):
            name, _, kind = part.rpartition("=")
            if not name.strip() or kind.strip() not in _KINDS:
                raise DataError(
                    f"columns: expected NAME=KIND, where KIND is one of {', '.join(_KINDS)}, got {quote(part)}"
                )
            by_name[name.strip()] = cast(Kind, kind.strip())
        ignored = tuple(name.strip() for name in ignore.split(",") if name.strip())
        return cls(by_name, group, time, ignored)

    def require_names(self, header: list[str], where: str) -> None:
        """Refuse a name that no column has.

        Raises:
            DataError: names it.
        """
        for name in (*self.kinds, self.group, self.time, *self.ignored):
            if name and name not in header:
                raise DataError(f"{where}: expected a column {name!r}, got {', '.join(header[:20])}")
