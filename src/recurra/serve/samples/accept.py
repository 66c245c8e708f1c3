"""Which form of an answer a client asks for, by its Accept header (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from recurra.serve.errors import ApiError


def chosen_type(accept: str | None, offered: Sequence[str]) -> str:
    """The media type that a client prefers.

    Args:
        accept: the header, such as "text/csv, */*;q=0.5"; None takes any.
        offered: media types, the one that is given to who takes any first.

    Raises:
        ApiError: 406, it takes none of them.
    """
    ranges = [_read(part) for part in (accept or "*/*").split(",") if part.strip()]
    for media_range, quality in sorted(ranges, key=lambda each: -each[1]):
        for media_type in offered:
            if quality > 0 and media_range in ("*/*", media_type, f"{media_type.partition('/')[0]}/*"):
                return media_type
    raise ApiError(406, f"accept: expected one of {', '.join(offered)}, got another", "accept", "not_acceptable")


def _read(part: str) -> tuple[str, float]:
    """A range of media types, and how much it is wanted, 1 where that is not said or no number."""
    media_range, *parameters = (each.strip().lower() for each in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media_range, float(value)
            except ValueError:
                return media_range, 1.0
    return media_range, 1.0
