"""The page and its files."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from recurra.serve.errors import ApiError

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "files"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
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
    """A file of the page.

    Attributes:
        content: its bytes.
        compressed: the same by gzip.
        media_type: what they are.
        etag: a checksum by which a browser knows whether it has them.
    """

    content: bytes
    compressed: bytes
    media_type: str
    etag: str


@cache
def page_files() -> dict[str, PageFile]:
    """All files of the page by path within their folder: what is not here when it is first asked for is not served."""
    files = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.suffix in _TYPES:
            content = path.read_bytes()
            etag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'  # weak: the same for both forms
            compressed = gzip.compress(content, mtime=0)
            files[path.relative_to(FOLDER).as_posix()] = PageFile(content, compressed, _TYPES[path.suffix], etag)
    return files


@router.get("/")
def page(request: Request) -> Response:
    """Give the page."""
    return _answer(request, "index.html")


@router.get("/page/{path:path}")
def page_file(request: Request, path: str) -> Response:
    """Give a file of the page."""
    return _answer(request, path)


def _answer(request: Request, path: str) -> Response:
    """A file, by gzip where the browser takes that, or 304 where it has it.

    Raises:
        ApiError: 404, the page has no such file.
    """
    file = page_files().get(path)
    if file is None:
        raise ApiError(404, "path: expected a file of the page, got none of this name", code="not_found")
    headers = {
        "ETag": file.etag,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Encoding",
    }
    checksums = [_without_weak(tag) for tag in _listed(request, "if-none-match")]
    if _without_weak(file.etag) in checksums or "*" in checksums:
        return Response(status_code=304, headers=headers)
    if "gzip" in _listed(request, "accept-encoding"):
        return Response(file.compressed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


def _listed(request: Request, header: str) -> list[str]:
    """What a header lists, in order; nothing where it is missing."""
    return [part.strip() for part in request.headers.get(header, "").split(",")]


def _without_weak(etag: str) -> str:
    return etag.removeprefix("W/")
