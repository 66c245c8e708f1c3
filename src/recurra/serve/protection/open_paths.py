"""The paths that need no API key and are not counted: whether the server is well, and the files of the page.

So are reports of explanations: a browser that opens a link sends no key, and nobody guesses the number in the path.
"""

_PATHS = ("/", "/health", "/favicon.ico")
_FOLDERS = ("/page/", "/v1/reports/")


def is_open(path: str) -> bool:
    """Whether everybody may have what is at a path."""
    return path in _PATHS or path.startswith(_FOLDERS)
