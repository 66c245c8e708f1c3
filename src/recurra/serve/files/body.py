"""The file that a request brings: its body, or the file in the form that is its body."""

import os
import tempfile
from typing import Any, BinaryIO, cast

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from recurra.serve.errors import ApiError
from recurra.serve.protection.uploads import FORM
from recurra.serve.while_connected import ClientGone

_FIELD = "file"


class _FormParser(MultiPartParser):
    """Keeps a file in memory, where the bytes of all requests are bounded, and not on the disk."""

    spool_max_size = 0


async def file_of(request: Request) -> BinaryIO:
    """The file that a request brings, without a name, at its beginning; the caller closes it.

    Raises:
        ApiError: 400, it brings none.
        ClientGone: it will never be whole.
    """
    file = nameless()
    try:
        if request.headers.get("content-type", "").lower().startswith(FORM):
            await _copy_form(request, file)
        else:
            async for part in request.stream():
                file.write(part)
        if not file.tell():
            raise ApiError(400, "file: expected one, got none", _FIELD, "missing_file")
    except BaseException as error:
        file.close()
        if isinstance(error, ClientDisconnect):
            raise ClientGone from None
        raise
    file.seek(0)  # which writes what is still held back
    return file


async def _copy_form(request: Request, file: BinaryIO) -> None:
    """Copy the file of a form, in which nothing else may be.

    Raises:
        ApiError: 400, it is no such form.
    """
    try:
        form = await _FormParser(request.headers, request.stream(), max_files=1, max_fields=0).parse()
    except MultiPartException as error:
        raise ApiError(
            400, f"body: expected a form with one file, got: {error.message}", _FIELD, "wrong_form"
        ) from None
    try:
        content = form.get(_FIELD)
        if content is None or isinstance(content, str):
            raise ApiError(400, f"{_FIELD}: expected a file in the form, got none", _FIELD, "missing_file")
        await run_in_threadpool(_copy, content.file, file)
    finally:
        await form.close()


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    while part := source.read(1 << 20):
        target.write(part)


def nameless(content: bytes = b"") -> BinaryIO:
    """A file that has no name and, where the system has such, lies in memory; at the beginning of its content."""
    in_memory = hasattr(os, "memfd_create")
    file: Any = os.fdopen(os.memfd_create("upload"), "w+b") if in_memory else tempfile.TemporaryFile()  # noqa: SIM115
    file.write(content)
    file.seek(0)
    return cast(BinaryIO, file)
