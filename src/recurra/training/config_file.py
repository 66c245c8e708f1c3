"""config.json, which makes a folder a run: the job, its settings, the data, and a checksum of each other file."""

import hashlib
import json
from pathlib import Path
from typing import Any

from recurra.data.files import atomic
from recurra.data.files.regular_file import read_json
from recurra.errors import DataError

FORMAT = 1
"""Of config.json and of the files beside it; a run of another format is refused."""
_ENTRIES = {"format": int, "task": str, "settings": dict, "data": dict, "versions": dict, "threads": int, "files": dict}
_CHECKSUM = "sha256"
_OF_THE_MACHINE = ("threads", "device")  # settings that may be changed by hand: no answer depends on them
_FREE = (*_OF_THE_MACHINE, "epochs", "early_stopping", "max_minutes", "checkpoint_seconds")  # while a run goes on
_LIMIT = 16 << 20  # bytes


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file, with a checksum of what answers depend on."""
    plain = json.loads(json.dumps(content, default=_plain))  # numbers of NumPy, and keys that are numbers
    plain = {"format": FORMAT, _CHECKSUM: _checksum(plain)} | plain
    atomic.write_text(path, json.dumps(plain, indent=2, ensure_ascii=False) + "\n")


def read(path: Path) -> dict[str, Any]:
    """Read the file.

    Raises:
        DataError: it is missing or broken, an entry is missing or of another type, or one is unknown.
    """
    config = read_json(path, "the settings of a run", _LIMIT)
    if not isinstance(config, dict):
        raise DataError(f"{path}: expected the settings of a run, got a {type(config).__name__}")
    if "format" not in config and "task" in config:
        raise DataError(f"{path}: expected a run of format {FORMAT}, got one of an older version of Recurra")
    for name, kind in _ENTRIES.items():
        if name not in config:
            raise DataError(f"{path}: expected an entry {name!r}, got {', '.join(config)[:200] or 'none'}")
        if type(config[name]) is not kind:
            raise DataError(f"{path}: expected {name} to be a {kind.__name__}, got {str(config[name])[:60]!r}")
    if config["format"] != FORMAT:
        raise DataError(f"{path}: expected a run of format {FORMAT}, got one of format {config['format']}")
    if config["threads"] < 1:
        raise DataError(f"{path}: expected threads of at least 1, got {config['threads']}")
    if unknown := config.keys() - _ENTRIES.keys() - {_CHECKSUM}:
        raise DataError(f"{path}: expected the entries {', '.join(_ENTRIES)}, got {min(unknown)[:60]!r}")
    if not all(isinstance(checksum, str) for checksum in config["files"].values()):
        raise DataError(f"{path}: expected a checksum for each of the files, got something else")
    return config


def content_of_any_format(path: Path) -> dict[str, Any] | None:
    """What the file of a run says, of whatever format, so that the run may be replaced; None where it is of no run."""
    try:
        config = read_json(path, "the settings of a run", _LIMIT)
        return config if "recurra" in config["versions"] else None
    except (DataError, KeyError, TypeError):
        return None


def require_checksum(path: Path, config: dict[str, Any]) -> None:
    """Hold the content of the file to its checksum; where it has none, a person has taken it out.

    Raises:
        DataError: it is that of other content.
    """
    if config.get(_CHECKSUM, _checksum(config)) != _checksum(config):
        raise DataError(
            f"{path}: expected the settings as they were written, got other content than their checksum is of; "
            f'to keep what was changed by hand, remove the line "{_CHECKSUM}"'
        )


def checksum_of_settings(settings: dict[str, Any]) -> str:
    """A hash of the settings that decide how a training goes on; how long it goes on and where may change."""
    counted = {name: value for name, value in settings.items() if name not in _FREE}
    return hashlib.sha256(json.dumps(counted, default=_plain).encode()).hexdigest()


def _checksum(config: dict[str, Any]) -> str:
    counted = {name: config[name] for name in ("task", "data", "files")}
    counted["settings"] = {name: value for name, value in config["settings"].items() if name not in _OF_THE_MACHINE}
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A number of NumPy as Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"expected a setting that JSON can hold, got {value!r}")
