"""Floor 7: the command `recurra`. Thin: every flag comes from a Config dataclass, every result from a task."""

from recurra.cli.app import main

__all__ = ["main"]
