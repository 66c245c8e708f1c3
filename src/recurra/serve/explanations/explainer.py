"""The process that explains a run, as the server sees it."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from recurra.serve.errors import ApiError
from recurra.serve.explanations.order import Order, Part

log = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-P", "-m", "recurra.serve.explanations.process")
_THREADS = 2
_LONGEST_LINE = 1 << 20  # bytes


async def explain(order: Order, begin: Callable[[Part | None], None]) -> None:
    """Explain a run, and write its report; when cancelled, the process is ended.

    Args:
        order: what is to be explained.
        begin: called with the name of each part when it is begun, and with None when the report is written.

    Raises:
        ApiError: 400, it cannot be explained; 503, it changes, or the process has failed.
    """
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": str(_THREADS), "OPENBLAS_NUM_THREADS": str(_THREADS)},
        limit=_LONGEST_LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(order.to_line())
        async for line in process.stdout:
            message = json.loads(line)
            if "part" not in message:
                return _require_done(message)
            begin(message["part"])
        raise _ended(await process.wait())
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _require_done(message: dict[str, Any]) -> None:
    if "error" in message:
        raise ApiError(400, message["error"], code="not_explained")
    if "changed" in message:
        text = "the run is being changed; ask again in a moment"
        raise ApiError(503, text, "model", "model_changed", {"Retry-After": "2"})
    if "unwritten" in message:
        log.error("a report cannot be written: %s", message["unwritten"])
        raise unavailable()
    if "fault" in message:
        log.error("explaining a run failed: %s", message["fault"])
        raise ApiError(500, "the server failed to explain this; its log says why", code="internal_error")


def unavailable() -> ApiError:
    """What a client is told whose report cannot be kept."""
    text = "reports cannot be written; the server's log says why"
    return ApiError(503, text, code="explanations_unavailable")


def _ended(code: int) -> ApiError:
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    log.error("a process that explained a run ended (%s)", how)
    return ApiError(
        503, "explaining this ended before it was done; the server's log says how", code="explanation_ended"
    )
