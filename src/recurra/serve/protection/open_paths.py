"""The paths that need no API key and are not counted: whether the server is well, and the files of the page."""

_PATHS = ("/", "/health", "/favicon.ico")
_FOLDERS = ("/page/",)


def is_open(path: str) -> bool:
    """Whether everybody may have what is at a path."""
    return path in _PATHS or path.startswith(_FOLDERS)
