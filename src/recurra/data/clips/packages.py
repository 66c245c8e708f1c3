"""The packages that read videos and images, imported where they are used."""

from typing import Any

from recurra.errors import DataError

_EXPECTED = "video: expected the packages for it (pip install 'recurra[video]')"


def pyav() -> Any:
    """PyAV, which decodes videos.

    Raises:
        DataError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise DataError(f"{_EXPECTED}, got: {error}") from None
    return av


def pillow() -> Any:
    """Pillow's module `Image`, which reads images.

    Raises:
        DataError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise DataError(f"{_EXPECTED}, got: {error}") from None
    return Image
