"""The page and its files."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Response

from recurra.serve.errors import ApiError

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "files"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load: its own files, and what it makes itself; no script or style that stands in HTML."""
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page: its bytes, their type, and a checksum by which a browser knows whether it has them."""

    content: bytes
    media_type: str
    etag: str


@cache
def page_files() -> dict[str, PageFile]:
    """All files of the page by path within their folder: what is not here when it is first asked for is not served."""
    files = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.suffix in _TYPES:
            content = path.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            files[path.relative_to(FOLDER).as_posix()] = PageFile(content, _TYPES[path.suffix], etag)
    return files


@router.get("/")
def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Give the page."""
    return _answer("index.html", if_none_match)


@router.get("/page/{path:path}")
def page_file(path: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Give a file of the page."""
    return _answer(path, if_none_match)


def _answer(path: str, if_none_match: str | None) -> Response:
    """A file, or 304 where the browser has it.

    Raises:
        ApiError: 404, the page has no such file.
    """
    file = page_files().get(path)
    if file is None:
        raise ApiError(404, "path: expected a file of the page, got none of this name", code="not_found")
    headers = {"ETag": file.etag, "Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if file.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
