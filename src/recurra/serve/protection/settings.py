"""What a person chooses of who may ask a server, how much, and how fast; `ServeSettings` takes it in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.settings.bounds import Count, CountOrZero

Bytes = Annotated[int, Interval(ge=1, le=1 << 40)]
Limit = Annotated[float, Interval(gt=0, le=1_000_000)]
"""Seconds; there is no way to set no bound."""


@dataclass(kw_only=True)
class ProtectionSettings:
    """Who may ask, how much, and how fast."""

    api_keys: Path | None = None
    """File of API keys, a line each: NAME:SHA-256 of the key[:requests a minute]; made by --new-key, read again when it
    changes. Without it everybody may ask."""
    requests_per_minute: CountOrZero = 0
    """Requests that an API key may send in a minute, where its line names no number; where no keys are asked for, an
    address. 0 sets no bound."""
    cors: tuple[str, ...] = ()
    """Origin whose pages may ask from a browser, such as https://example.org; may be repeated; * lets all pages in."""
    allowed_hosts: tuple[str, ...] = ()
    """Name by which clients call this server, such as example.org; may be repeated. On a loopback address only names of
    this machine are answered without it, on others all."""
    proxies: str = "127.0.0.1"
    """Addresses of proxies, with commas between, that are believed which client they ask for (X-Forwarded-For)."""
    max_body_bytes: Bytes = 8 << 20
    """Of a request; more is refused with 413."""
    max_upload_bytes: Bytes = 256 << 20
    """Of a request that brings a file."""
    max_held_bytes: Bytes = 1 << 30
    """Of the bodies of all requests that are open at once; more are refused with 503."""
    body_seconds: Limit = 30.0
    """Time in which the body of a request must have come; else it is refused with 408."""
    upload_seconds: Limit = 300.0
    """The same where it brings a file."""
    max_header_bytes: Bytes = 32 << 10
    """Of the headers of a request; more are refused with 431."""
    header_seconds: Limit = 10.0
    """Time in which the headers of a request must have come; else the connection is closed."""
    keep_alive_seconds: Limit = 75.0
    """Time that a connection may stay open after an answer, without another request."""
    write_seconds: Limit = 30.0
    """Time in which a client must take what waits to be sent to it; else the connection is closed."""
    max_connections: Count = 4_000
    """Open at once; where more come, those are closed that have been idle for longest."""
    log_format: Literal["json", "text"] = "json"
    """Of the log on standard error: a JSON object a line, or lines for people."""
