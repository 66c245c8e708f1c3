"""labels.json of a classifier of clips: what its answers are, and the signals it reads."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from recurra.data.files import atomic, record
from recurra.data.files.regular_file import read_json
from recurra.data.sequences.answers import Answers
from recurra.tasks.video.signal import KINDS, Signal

_WHAT = "what the answers of a run are"
_LARGEST = 1 << 24  # numbers of a sample


@dataclass(frozen=True)
class LabelsFile:
    """What the file holds: what answers can be, and the signals by name."""

    answers: Answers
    signals: dict[str, Signal]

    def write(self, file: Path) -> None:
        """Write the file."""
        content = {
            "answers": self.answers.to_json(),
            "signals": {name: asdict(signal) for name, signal in self.signals.items()},
        }
        atomic.write_text(file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, file: Path, per_step: bool) -> "LabelsFile":
        """Read the file.

        Args:
            file: where it is.
            per_step: whether the settings ask for an answer at every frame.

        Raises:
            DataError: it is missing or broken, or its answers are not as the settings say.
        """
        with record.reading(file, _WHAT):
            content = read_json(file, _WHAT)
            answers = Answers.from_json(content["answers"])
            signals = {name: _signal(signal) for name, signal in content["signals"].items()}
            answers.require_valid(file)
            record.require(answers.kind != "number", file, "answers that are labels")
            record.require(answers.per_step == per_step, file, "answers at every frame where the settings say so")
            record.require(bool(signals), file, "a signal")
            for name, signal in signals.items():
                record.require(name.isidentifier(), file, "signals with names")
                _require_whole(signal, file)
        return cls(answers, signals)


def _signal(content: dict[str, object]) -> Signal:
    return Signal(**(content | {"shape": tuple(content["shape"])}))  # type: ignore[arg-type]


def _require_whole(signal: Signal, file: Path) -> None:
    record.require_types(signal, file)
    sizes = all(type(size) is int and size >= 1 for size in signal.shape)
    record.require(sizes and signal.numbers <= _LARGEST, file, "shapes of samples")
    record.require(signal.kind in KINDS, file, f"signals of the kinds {', '.join(KINDS)}")
    record.require(0 < signal.rate < float("inf"), file, "samples a second")
    frames = signal.kind != "frames" or (len(signal.shape) == 3 and min(signal.shape[:2]) >= 8)
    joints = signal.kind != "skeleton" or len(signal.shape) == 2
    record.require(frames and joints, file, "shapes of samples that fit their kinds")
    record.require(0 <= signal.encoded <= _LARGEST, file, "numbers that an encoder makes")
