"""A run folder: settings, best weights, scores and the last checkpoint of one training."""

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import nn

from recurra.data import atomic
from recurra.errors import DataError
from recurra.training import checkpoint, curves
from recurra.version import __version__


class RunFolder:
    """The files of one run, each whole at every instant.

    A folder holds a run from the moment its config.json is there, which is written after all that it needs.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.config_file = self.path / "config.json"
        self.weights_file = self.path / "model.safetensors"
        self.metrics_file = self.path / "metrics.jsonl"
        self.log_file = self.path / "train.log"
        self.curves_file = self.path / "curves.html"
        self.last_file = self.path / "last" / "checkpoint.safetensors"

    def refuse_if_taken(self, overwrite: bool) -> None:
        """Refuse a folder that holds a run.

        Raises:
            DataError: it does, and `overwrite` is false.
        """
        if self.config_file.exists() and not overwrite:
            raise DataError(
                f"{self.path}: expected a new folder, got one that holds a run; "
                f"give another --out, --overwrite, or continue it: recurra train --resume {self.path}"
            )

    def begin(self) -> None:
        """Make the folder, or empty it of an earlier run; call it when all that the new run needs is at hand.

        Raises:
            DataError: the folder cannot be made.
        """
        try:
            self.config_file.unlink(missing_ok=True)  # from here on the folder holds no run
            for file in (self.weights_file, self.metrics_file, self.log_file, self.curves_file):
                file.unlink(missing_ok=True)
            shutil.rmtree(self.last_file.parent, ignore_errors=True)
            self.last_file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError(f"{self.path}: expected a folder that can be made, got: {error.strerror}") from error

    def write_config(self, task: str, settings: dict[str, Any], data: dict[str, Any]) -> None:
        """Write config.json, which makes the folder a run."""
        versions = {"recurra": __version__, "torch": torch.__version__, "python": platform.python_version()}
        content: dict[str, Any] = {"task": task, "settings": settings, "data": data, "versions": versions}
        content["threads"] = torch.get_num_threads()
        atomic.write_text(self.config_file, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def read_config(self) -> dict[str, Any]:
        """Read config.json.

        Raises:
            DataError: the folder holds no run, or a broken one.
        """
        try:
            config: dict[str, Any] = json.loads(self.config_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError(f"{self.path}: expected a run folder, found no config.json there") from None
        except (OSError, ValueError) as error:
            raise DataError(f"{self.config_file}: expected the settings of a run, got: {error}") from error
        for name in ("task", "settings"):
            if name not in config:
                raise DataError(f"{self.config_file}: expected an entry {name!r}, got {', '.join(config)}")
        return config

    def write_metrics(self, records: list[dict[str, Any]], monitor: str) -> None:
        """Write metrics.jsonl and curves.html."""
        atomic.write_text(self.metrics_file, "".join(json.dumps(record) + "\n" for record in records))
        curves.draw(records, monitor, self.curves_file)

    def write_weights(self, network: nn.Module) -> None:
        """Write model.safetensors."""
        checkpoint.save_weights(self.weights_file, network)
