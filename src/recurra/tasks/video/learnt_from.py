"""What a classifier of clips learnt from, so that a score on the same clips, or persons, is seen for what it is."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from recurra.data.clips import groups
from recurra.data.clips.clips import Clips
from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json

_WHAT = "what clips a run learnt from"


@dataclass(frozen=True)
class LearntFrom:
    """The groups of the clips, and the checksums of their content; those that are known."""

    groups: list[str] = field(default_factory=list)
    checksums: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, clips: Clips) -> "LearntFrom":
        """What is known of clips."""
        sums = [checksum for checksum in clips.checksums or [] if checksum]
        return cls(sorted(set(clips.groups or [])), sorted(set(sums)))

    def count(self, clips: Clips) -> int:
        """Count the clips of which the group or the content was learnt from."""
        return len(groups.learnt_before(set(self.groups), set(self.checksums), clips))

    def write(self, file: Path) -> None:
        """Write the file."""
        atomic.write_text(file, json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, file: Path) -> "LearntFrom":
        """Read the file.

        Raises:
            DataError: it is missing or broken.
        """
        with record.reading(file, _WHAT):
            learnt_from = cls(**read_json(file, _WHAT))
            record.require_types(learnt_from, file)
        return learnt_from
