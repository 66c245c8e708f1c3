"""The id of the request that is being answered: of the client where it sends one, for its own logs, else a new one."""

import os
import re
from contextvars import ContextVar

from starlette.types import Scope

from recurra.serve.protection.message_headers import header

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request in whose context something happens; None outside of any."""

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")


def id_of(scope: Scope) -> str:
    """The id of a request: what its header x-request-id says, if that is short and harmless."""
    sent = header(scope, b"x-request-id")
    return sent if sent is not None and _SANE.fullmatch(sent) else os.urandom(16).hex()
