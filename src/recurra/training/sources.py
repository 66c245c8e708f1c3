"""What a run keeps of its data, so that its training can go on with the same."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from recurra.data.files import record
from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError

Fingerprints = dict[str, str]  # a hash of the "train" part and of the "valid" part, "" where that is cut off "train"
Source = Any  # what a person names as data: a path, a data set's name, a list of paths


class Fingerprinted(Protocol):
    """Data of which a hash can be taken."""

    def fingerprint(self) -> str:
        """Give a hash of all that is learnt from them."""
        ...


def fingerprints_of(train: Fingerprinted, valid: Fingerprinted | None) -> Fingerprints:
    """The hashes of what is learnt from and of what is validated on, "" where that is none of its own."""
    return {"train": train.fingerprint(), "valid": "" if valid is None else valid.fingerprint()}


_USES = {"train": "learn from", "valid": "validate on"}


@dataclass
class Sources:
    """The data of a training.

    data: files or a data set, by name; None where any of it was given in memory.
    valid: the same of what is validated on; None where that is a part of `data`.
    fingerprint: hashes of both.
    """

    data: str | list[str] | None
    valid: str | list[str] | None
    fingerprint: Fingerprints

    @classmethod
    def of(cls, data: Source, valid: Source | None, fingerprint: Fingerprints) -> Self:
        """Name data so that they are found from any folder.

        Raises:
            DataError: a name is not Unicode.
        """
        names, valid_names = _absolute(data), _absolute(valid)
        in_memory = valid is not None and valid_names is None
        return cls(None if in_memory else names, valid_names, fingerprint)

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold, for `read`."""
        return asdict(self)

    @classmethod
    def read(cls, content: dict[str, Any], config_file: Path) -> Self:
        """Read what `to_json` gave.

        Args:
            content: that.
            config_file: where it stands.

        Raises:
            DataError: it is of another form, or the data cannot be had again.
        """
        folder = config_file.parent
        if not content:
            raise DataError(
                f"{folder}: expected a training to go on with, got a saved model, which has none; --from {folder} "
                "starts one from its weights"
            )
        what = "what the data of a training are"
        with record.reading(config_file, what):
            sources = cls(**content)
            record.require_types(sources, config_file)
        if sources.data is None:
            raise DataError(f"{folder}: expected a training on files, got one on arrays, which cannot be resumed")
        record.require(sources.fingerprint.keys() >= _USES.keys(), config_file, "a hash of each part of the data")
        return sources

    def require_same(self, fingerprint: Fingerprints, folder: Path) -> None:
        """Refuse data that have changed.

        Args:
            fingerprint: of the data as they are now.
            folder: of the run.

        Raises:
            DataError: they have; names them.
        """
        for part, name in (("train", self.data), ("valid", self.valid or self.data)):
            before, now = self.fingerprint[part], fingerprint[part]
            if before != now:
                raise DataError(
                    f"{name}: expected the data that {folder} was begun with, got other content to {_USES[part]} "
                    f"(SHA-256 {before[:12]}... then, {now[:12]}... now)"
                )


def _absolute(source: Source) -> Any:
    """Name files so that they are found from any folder; None for what is in memory only."""
    if isinstance(source, list | tuple):
        return [_absolute(part) for part in source] if all(isinstance(part, str | Path) for part in source) else None
    if not isinstance(source, str | Path):
        return None
    name = str(Path(source).resolve() if Path(source).exists() else source)
    require_unicode(f"{name}: name of a file", name)
    return name
