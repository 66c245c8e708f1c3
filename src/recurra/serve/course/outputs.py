"""What the code of the course has shown: texts and pictures, where it was run (`make course`)."""

import json
from dataclasses import dataclass, field
from pathlib import Path

_FILE = "outputs.json"


@dataclass(frozen=True)
class Outputs:
    """What one chapter's code has shown.

    Attributes:
        texts: of each block of code what it printed, "" where that is nothing.
        folder: of the pictures; None where the code was not run.
    """

    texts: list[str] = field(default_factory=list)
    folder: Path | None = None

    def picture(self, name: str) -> bytes | None:
        """A picture as SVG; None where it is not there."""
        if self.folder is None or "/" in name:
            return None
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None


def outputs_of(chapter: str, folder: Path) -> Outputs:
    """Find what a chapter's code has shown.

    Args:
        chapter: its name, such as "1-memory".
        folder: where the course builder has written it.
    """
    try:
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except OSError:
        return Outputs()
    return Outputs(content.get(chapter, []), folder)
