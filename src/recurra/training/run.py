"""A run folder: settings, best weights, scores and the last checkpoint of one training."""

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
from recurra.errors import DataError, require_flag
from recurra.settings.training import TrainingConfig
from recurra.training import artifacts, checkpoint, claim, config_file, curves
from recurra.training.run_path import require_folder_path
from recurra.version import __version__

_SHOWN = 5  # runs in an error
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
        self.path = require_folder_path(path, name)
        self.config_file = self.path / "config.json"
        self.weights_file = self.path / "model.safetensors"
        self.metrics_file = self.path / "metrics.jsonl"
        self.log_file = self.path / "train.log"
        self.curves_file = self.path / "curves.html"
        self.report_file = self.path / "report.html"  # of what a generator makes; beside it the same as .json
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
            self.remove_half_written()
            if not self.begun_file.exists():
                # A training that was killed before it could say that it began leaves this folder, and nothing in it.
                with suppress(OSError):  # not there, or not empty
                    self.last_file.parent.rmdir()
            self.refuse_if_taken(overwrite)
            yield

    def remove_half_written(self) -> None:
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
        return config_file.content_of_any_format(self.config_file) is not None

    def begin(self) -> None:
        """Make the folder, or empty it of an earlier run; call it when all that the new run needs is at hand.

        Only the files of the run before are removed. From here on until `write_config` the folder holds no run.

        Raises:
            DataError: the folder cannot be made.
        """
        always = [self.config_file, self.weights_file, self.metrics_file, self.log_file, self.curves_file]
        reports = [self.report_file, self.report_file.with_suffix(".json")]
        files = [file.relative_to(self.path) for file in (*always, *reports, self.last_file)]
        files += claim.read_marker(self.begun_file)
        content = config_file.content_of_any_format(self.config_file)
        if content is not None:
            files += claim.files_within(content.get("files"))
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

    def write_artifacts(self, write: Callable[[Path], None]) -> None:
        """Let what turns data into numbers be written to this folder, and note which files that makes."""
        checkpoints = self.last_file.parent
        before = artifacts.stamps(self.path, besides=checkpoints)
        write(self.path)
        after = artifacts.stamps(self.path, besides=checkpoints)
        written = [name for name, stamp in after.items() if before.get(name) != stamp]
        self._files = artifacts.checksums(self.path, written)

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
        artifacts.require_checksums(self.path, config["files"], self.config_file)
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
        checkpoint.save_weights(
            self.weights_file, network, {"weights": kind, "artifacts": artifacts.digest(self.files)}
        )

    def load_weights(self, network: nn.Module) -> str:
        """Read model.safetensors into a network; tell which weights these are, as of `write_weights`.

        Raises:
            DataError: it is broken, or is of another network, or was learnt with other labels or symbols.
        """
        metadata = checkpoint.load_weights(self.weights_file, network)
        self._require_artifacts(self.weights_file, metadata)
        return metadata.get("weights", "best")

    def write_checkpoint(self, tree: dict[str, Any], config: TrainingConfig) -> None:
        """Write all that the training with these settings needs to go on."""
        settings = config_file.checksum_of_settings(asdict(config))
        metadata = {"artifacts": artifacts.digest(self.files), "settings": settings}
        checkpoint.save_tree(self.last_file, tree, metadata)

    def read_checkpoint(self, network: nn.Module, config: TrainingConfig) -> Any:
        """Read what `write_checkpoint` wrote; what it holds is still to be checked.

        Args:
            network: that is trained, whose size limits that of the file.
            config: the settings of the training.

        Raises:
            DataError: it is missing or broken, or is of another run, or of other settings.
        """
        size = sum(value.numel() * value.element_size() for value in network.state_dict().values())
        tree = checkpoint.load_tree(self.last_file, _TIMES * size + _MORE)
        metadata = checkpoint.read_header(self.last_file).metadata
        self._require_artifacts(self.last_file, metadata)
        settings = config_file.checksum_of_settings(asdict(config))
        if metadata.get("settings", settings) != settings:
            raise DataError(
                f"{self.last_file}: expected a checkpoint of the settings in {self.config_file.name}, got one of "
                "others; a training goes on with those that it was begun with"
            )
        return tree

    def _require_artifacts(self, file: Path, metadata: Mapping[str, str]) -> None:
        digest = artifacts.digest(self.files)
        if metadata.get("artifacts", digest) != digest:
            raise DataError(f"{file}: expected what was learnt with the labels and symbols of this run, got others")
