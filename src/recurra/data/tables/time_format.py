"""How the time stamps of a column are written; they are kept as whole numbers of the smallest unit that is shown."""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from recurra.errors import quote

Unit = Literal["month", "day", "minute", "second"]

_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m", "%Y%m%d")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
_ENDS = re.compile(r"(?P<fraction>(?<=:\d\d)\.\d{1,6})?(?P<zone>(?<=:\d\d|\d\d\d)(?:Z|[+-]\d\d:?\d\d))?$")
_EPOCH = datetime.datetime(1970, 1, 1)
_SECONDS: dict[str, int] = {"day": 86_400, "minute": 60, "second": 1}


@dataclass(frozen=True)
class TimeFormat:
    """A form of time stamps.

    Attributes:
        pattern: of date and clock, as `datetime.strftime` takes it.
        digits: of fractions of a second.
        zone: what stands behind every time stamp, such as "Z" or "+01:00"; "" where nothing does.
    """

    pattern: str
    digits: int = 0
    zone: str = ""

    @property
    def unit(self) -> Unit:
        """The smallest part that is shown; of seconds with fractions, the last digit counts."""
        if "%S" in self.pattern:
            return "second"
        if "%M" in self.pattern:
            return "minute"
        return "day" if "%d" in self.pattern else "month"

    @property
    def seconds(self) -> float:
        """Length of a unit; of a month, 30 days."""
        return 30.0 * 86_400 if self.unit == "month" else _SECONDS[self.unit] / 10.0**self.digits

    def units(self, text: str) -> int:
        """Read a time stamp as units since 1970.

        Raises:
            ValueError: it is of another form.
        """
        end = _ENDS.search(text.strip())
        assert end is not None  # it matches nothing, too
        fraction, zone = end["fraction"] or "", end["zone"] or ""
        if zone != self.zone or (len(fraction) - 1 if fraction else 0) != self.digits:
            raise ValueError(f"expected a time stamp such as {self.example}, got {quote(text)}")
        body = text.strip()[: end.start()] if end.group() else text.strip()
        try:
            date = datetime.datetime.strptime(body, self.pattern)
        except ValueError:
            raise ValueError(f"expected a time stamp such as {self.example}, got {quote(text)}") from None
        if self.unit == "month":
            return 12 * (date.year - 1970) + date.month - 1
        passed = date - _EPOCH
        whole = (passed.days * 86_400 + passed.seconds) // _SECONDS[self.unit]
        return whole * int(10**self.digits) + (int(fraction[1:]) if fraction else 0)

    def text(self, units: int) -> str:
        """Write units since 1970 as a time stamp; beyond the years 1 to 9999 the first or the last instant of these."""
        if self.unit == "month":
            months = min(max(units + 12 * 1970, 12), 12 * 9999 + 11)
            return f"{months // 12:04d}-{months % 12 + 1:02d}{self.zone}"
        whole, rest = divmod(units, int(10**self.digits))
        seconds = min(max(whole * _SECONDS[self.unit], _FIRST), _LAST)
        shown = (_EPOCH + datetime.timedelta(seconds=seconds)).strftime(self.pattern)
        fraction = f".{rest:0{self.digits}d}" if self.digits else ""
        return f"{shown}{fraction}{self.zone}"

    @property
    def example(self) -> str:
        """A time stamp of this form."""
        return self.text(0 if self.unit == "month" else int(1_706_702_400 // self.seconds))


_FIRST = int((datetime.datetime.min - _EPOCH).total_seconds())
_LAST = int((datetime.datetime.max.replace(microsecond=0) - _EPOCH).total_seconds())


def find_format(texts: Sequence[str], least_share: float = 0.5) -> TimeFormat | None:
    """Find the form of which most of some texts are; None where less than a share of them is of any.

    Where several fit, such as day before month and month before day, the one that fits most of them.
    """
    best, best_count = None, 0
    for form in dict.fromkeys(_forms_of(text) for text in _first_few(texts)):
        for candidate in form:
            count = sum(_is_of(candidate, text) for text in texts)
            if count > best_count:
                best, best_count = candidate, count
    return best if best is not None and best_count >= least_share * len(texts) else None


def _first_few(texts: Sequence[str]) -> Iterable[str]:
    return texts[:3]


def _forms_of(text: str) -> tuple[TimeFormat, ...]:
    """The forms that give a text back as it is."""
    end = _ENDS.search(text.strip())
    assert end is not None
    digits = len(end["fraction"]) - 1 if end["fraction"] else 0
    forms = (TimeFormat(date + clock, digits, end["zone"] or "") for date in _DATES for clock in _CLOCKS)
    return tuple(form for form in forms if _is_of(form, text))


def _is_of(form: TimeFormat, text: str) -> bool:
    try:
        return form.text(form.units(text)) == text.strip()
    except (ValueError, OverflowError):
        return False
