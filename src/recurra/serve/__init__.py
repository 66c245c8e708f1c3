"""Floor 6: trained networks over HTTP, and the page.

`create_app` gives the application that `recurra serve` runs; it needs the extra `serve`, and is imported when used.
"""

from typing import TYPE_CHECKING, Any

from recurra.serve.settings import ServeSettings

if TYPE_CHECKING:
    from recurra.serve.app import create_app

__all__ = ["ServeSettings", "create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from recurra.serve.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
