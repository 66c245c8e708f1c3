"""The likelihood model that a report compares with: learnt once from the data of a run, and kept beside the run."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurra.data.files import atomic
from recurra.data.tables.table import Table
from recurra.training.sources import fingerprints_of
from recurra.version import __version__

if TYPE_CHECKING:
    from recurra.tasks.series_gan.task import TimeSeriesGAN

FOLDER = "likelihood"
"""Of the model, in the folder of the run."""
_FINGERPRINT = "learnt_from.sha256"  # written last: where it is, the model is whole
_EPOCHS = 16  # of its training, at most those of the run
_OF_THE_MACHINE = ("threads", "device")


def likelihood_model(
    task: "TimeSeriesGAN", train: Table, held: Table | None, folder: Path | None = None
) -> "TimeSeriesGAN":
    """Give the likelihood model of the same data, with as many units.

    Args:
        task: the generator that it is compared with.
        train, held: what that has learnt from, and what was held out.
        folder: of the run, which keeps the model; one that was learnt from the same data with the same settings is
            opened. None keeps nothing; nor does a private run, whose data the model would tell of.
    """
    config = replace(task.config, method="likelihood", epochs=min(_EPOCHS, task.config.epochs))
    settings = asdict(config) | {"pretraining_epochs": 0, "valid_fraction": 0.0, "epsilon": 0.0}
    if folder is None or task.config.epsilon:
        return type(task)(**settings).fit(train, held, progress=False)
    place, fingerprint = folder / FOLDER, _fingerprint(settings, train, held)
    file = place / _FINGERPRINT
    if file.exists() and file.read_text(encoding="utf-8") == fingerprint:
        return type(task).load(place)
    file.unlink(missing_ok=True)
    model = type(task)(**settings).fit(train, held, progress=False)
    model.save(place, overwrite=True)
    atomic.write_text(file, fingerprint)
    return model


def _fingerprint(settings: dict[str, Any], train: Table, held: Table | None) -> str:
    """A hash of all that a model follows from."""
    counted = {name: value for name, value in settings.items() if name not in _OF_THE_MACHINE}
    content = {"settings": counted, "data": fingerprints_of(train, held), "version": __version__}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
