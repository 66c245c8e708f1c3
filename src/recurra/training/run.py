"""A run folder: settings, best weights, scores and the last checkpoint of one training."""

import errno
import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from recurra.data.files import atomic
from recurra.data.files.regular_file import open_regular
from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote, require_flag
from recurra.training import checkpoint, claim, config_file, curves
from recurra.training.saved_state import require_state
from recurra.training.settings import TrainingConfig
from recurra.version import __version__

_LONGEST_NAME = "checkpoint.safetensors.part-0000000000"  # of a file in a run, roughly
_SHOWN = 5  # runs in an error
_BLOCK = 1 << 20  # bytes read at once
_TIMES, _MORE = 8, 1 << 30  # bytes of a checkpoint, at most: so many times those of its weights, and so many more


class RunFolder:
    """The files of one run, each whole at every instant.

    A folder holds a run from the moment its config.json is there, which is written after all that it needs.
    """

    def __init__(self, path: str | Path, name: str = "run folder"):
        """Take a path; `name` is what an error calls it.

        Raises:
            DataError: it is none that a folder can have.
        """
        self.path = _folder_path(path, name)
        self.config_file = self.path / "config.json"
        self.weights_file = self.path / "model.safetensors"
        self.metrics_file = self.path / "metrics.jsonl"
        self.log_file = self.path / "train.log"
        self.curves_file = self.path / "curves.html"
        self.last_file = self.path / "last" / "checkpoint.safetensors"
        self.begun_file = self.path / "last" / ".begun"  # there while a run is being begun
        self._files: dict[str, str] | None = None

    @contextmanager
    def claimed(self, overwrite: bool) -> Iterator[None]:
        """Hold this folder for a new run; it is made where it is missing.

        Raises:
            DataError: it holds a run and `overwrite` is false, or other files, or another training writes to it.
        """
        require_flag("overwrite", overwrite)
        with claim.claimed(self.path):
            self.remove_parts()
            if not self.begun_file.exists():
                with suppress(
                    OSError
                ):  # not there, or not empty: a training was killed before it could say that it began
                    self.last_file.parent.rmdir()
            self.refuse_if_taken(overwrite)
            yield

    def remove_parts(self) -> None:
        """Remove what a killed training has left half written; only where no other training writes."""
        for folder in (self.path, self.last_file.parent):
            atomic.remove_parts(folder)

    def refuse_if_taken(self, overwrite: bool) -> None:
        """Refuse a folder that holds anything but a run that may be replaced.

        Raises:
            DataError: it holds a run and `overwrite` is false, or files that are not a run.
        """
        if self._holds_run():
            if not overwrite:
                raise DataError(
                    f"{self.path}: expected a new folder, got one that holds a run; "
                    f"give another --out, --overwrite, or continue it: recurra train --resume {self.path}"
                )
        elif not self.begun_file.exists():  # where it does, a run was killed while it was begun
            claim.refuse_foreign(self.path)

    def _holds_run(self) -> bool:
        try:
            return "recurra" in self.read_config()["versions"]
        except (DataError, KeyError, TypeError):
            return False

    def begin(self) -> None:
        """Make the folder, or empty it of an earlier run; call it when all that the new run needs is at hand.

        Only the files of the run before are removed. From here on until `write_config` the folder holds no run.

        Raises:
            DataError: the folder cannot be made.
        """
        own = [self.config_file, self.weights_file, self.metrics_file, self.log_file, self.curves_file, self.last_file]
        files = [file.relative_to(self.path) for file in own]
        files += claim.read_marker(self.begun_file)
        if self._holds_run():
            files += claim.own_files(self.read_config().get("files"))
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{self.path}: expected a folder that can be made, got: {error.strerror}") from error
        claim.clear(self.path, files, self.begun_file)

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 by name, of what turns data into numbers: as written here, or as config.json has them."""
        if self._files is None:
            self._files = self.read_config()["files"] if self.config_file.exists() else {}
        return self._files

    def write_parts(self, write: Callable[[Path], None]) -> None:
        """Let what turns data into numbers be written to this folder, and note which files that makes."""
        before = self._stamps()
        write(self.path)
        made = [name for name, stamp in self._stamps().items() if before.get(name) != stamp]
        self._files = {name: _checksum(self.path / name) for name in made}

    def _stamps(self) -> dict[str, tuple[int, int]]:
        """What tells a file that was written anew, by name; a run has folders, but no folders in them."""
        paths = sorted([*self.path.glob("*"), *self.path.glob("*/*")])
        files = [path for path in paths if path.is_file() and path.parent != self.last_file.parent]
        stats = ((path.relative_to(self.path).as_posix(), path.stat()) for path in files)
        return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats}

    def write_config(self, task: str, settings: dict[str, Any], data: dict[str, Any]) -> None:
        """Write config.json, which makes the folder a run."""
        versions = {"recurra": __version__, "torch": torch.__version__, "python": platform.python_version()}
        content: dict[str, Any] = {"task": task, "settings": settings, "data": data, "versions": versions}
        content |= {"threads": torch.get_num_threads(), "files": self.files}
        config_file.write(self.config_file, content)
        self.begun_file.unlink(missing_ok=True)

    def rewrite_config(self, config: dict[str, Any]) -> None:
        """Write config.json again, with other settings."""
        config_file.write(self.config_file, {name: value for name, value in config.items() if name != "sha256"})

    def read_config(self) -> dict[str, Any]:
        """Read config.json.

        Raises:
            DataError: the folder holds no run, or a broken one.
        """
        if not os.path.lexists(self.config_file):
            raise DataError(f"{self.path}: expected a run folder, {self._several() or 'found no config.json there'}")
        return config_file.read(self.config_file)

    def _several(self) -> str:
        """Say that the folder holds several runs, as --seeds makes them; "" where it does not."""
        runs = sorted(file.parent for file in self.path.glob("seed-*/config.json"))
        if not runs:
            return ""
        shown = ", ".join(map(str, runs[:_SHOWN])) + (", ..." if len(runs) > _SHOWN else "")
        return f"got one of {len(runs)} run{'s' if len(runs) > 1 else ''} (--seeds); name one of them: {shown}"

    def check_files(self, config: dict[str, Any]) -> None:
        """Hold what turns data into numbers, and config.json itself, to their checksums.

        Raises:
            DataError: a file is missing, or is not as it was written; names it.
        """
        for name, expected in config["files"].items():
            for file in claim.own_files([name]):
                if _checksum(self.path / file) != expected:
                    raise DataError(
                        f"{self.path / file}: expected the file as it was written, got other content than its checksum "
                        f"in {self.config_file.name} is of"
                    )
        config_file.require_checksum(self.config_file, config)
        self._files = config["files"]

    def refuse_without_checkpoint(self) -> None:
        """Refuse to go on with a training whose checkpoint is gone: it would start over, and replace better weights.

        Raises:
            DataError: there is no checkpoint.
        """
        if not self.last_file.exists():
            raise DataError(
                f"{self.last_file}: expected the checkpoint of a training, found nothing there; without it the "
                "training cannot go on"
            )

    def write_metrics(self, records: list[dict[str, Any]]) -> None:
        """Write metrics.jsonl."""
        atomic.write_text(self.metrics_file, "".join(json.dumps(record) + "\n" for record in records))

    def draw_curves(self, records: list[dict[str, Any]], monitor: str, loss_unit: str) -> None:
        """Write curves.html."""
        curves.draw(records, monitor, loss_unit, self.curves_file)

    def write_weights(self, network: nn.Module, kind: Literal["start", "last", "best"] = "best") -> None:
        """Write model.safetensors, which says of itself which weights these are.

        Args:
            network: whose weights.
            kind: those of the start, from which nothing is learnt; the last, before any evaluation; or the best.
        """
        checkpoint.save_weights(self.weights_file, network, {"weights": kind, "parts": self._parts()})

    def load_weights(self, network: nn.Module) -> str:
        """Read model.safetensors into a network; tell which weights these are, as of `write_weights`.

        Raises:
            DataError: it is broken, or is of another network, or was learnt with other labels or symbols.
        """
        metadata = checkpoint.load_weights(self.weights_file, network)
        self._require_parts(self.weights_file, metadata)
        return metadata.get("weights", "best")

    def write_checkpoint(self, tree: dict[str, Any], config: TrainingConfig) -> None:
        """Write all that the training with these settings needs to go on."""
        metadata = {"parts": self._parts(), "settings": config_file.checksum_of_settings(asdict(config))}
        checkpoint.save_tree(self.last_file, tree, metadata)

    def read_checkpoint(self, network: nn.Module, position: Any, config: TrainingConfig) -> dict[str, Any]:
        """Read what `write_checkpoint` wrote.

        Args:
            network: that is trained.
            position: where a training stands at its start.
            config: its settings.

        Raises:
            DataError: it is missing or broken, or is of another network or run, or of other settings.
        """
        size = sum(value.numel() * value.element_size() for value in network.state_dict().values())
        tree: dict[str, Any] = checkpoint.load_tree(self.last_file, _TIMES * size + _MORE)
        metadata = checkpoint.read_header(self.last_file).metadata
        self._require_parts(self.last_file, metadata)
        settings = config_file.checksum_of_settings(asdict(config))
        if metadata.get("settings", settings) != settings:
            raise DataError(
                f"{self.last_file}: expected a checkpoint of the settings in {self.config_file.name}, got one of "
                "others; a training goes on with those that it was begun with"
            )
        require_state(tree, network, position, self.last_file)
        return tree

    def _parts(self) -> str:
        """A hash of what turns data into numbers, which weights are of no use without."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True).encode()).hexdigest()

    def _require_parts(self, file: Path, metadata: Mapping[str, str]) -> None:
        if metadata.get("parts", self._parts()) != self._parts():
            raise DataError(f"{file}: expected what was learnt with the labels and symbols of this run, got others")


def _folder_path(path: Any, name: str) -> Path:
    """A path that a folder can have."""
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes) or not os.fspath(path).strip():
        raise DataError(f"{name}: expected the path of a folder, got {type(path).__name__} {quote(path)}")
    text = os.fspath(path)
    try:
        os.lstat(os.path.join(text, "last", _LONGEST_NAME))
    except UnicodeEncodeError:
        require_unicode(name, text)
    except (OSError, ValueError) as error:  # ValueError: it holds the character NUL
        if isinstance(error, ValueError) or error.errno == errno.ENAMETOOLONG:
            reason = getattr(error, "strerror", error)
            raise DataError(f"{name}: expected the path of a folder, got {quote(text)}: {reason}") from None
    return Path(path)


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    file, _ = open_regular(path, "a file of a run")
    with file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
