"""Pairs that nothing can be learnt from: how many, why, and where the first stands."""

from dataclasses import dataclass, field


@dataclass
class SkippedPairs:
    """How many pairs are not learnt from, by the reason, and the first of each."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Count one more."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        self.first.setdefault(reason, name)

    def notes(self) -> list[str]:
        """A line for each reason."""
        return [
            f"left out {count:,} pair{'s' if count > 1 else ''} {reason}, the first at {self.first[reason]}"
            for reason, count in self.counts.items()
        ]
