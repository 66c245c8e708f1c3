"""A job without its training: settings, a network, and the way of both to a folder and back."""

import dataclasses
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import torch
from torch import nn

from recurra.errors import DataError
from recurra.settings import check
from recurra.settings.answering_precision import AnsweringPrecision
from recurra.settings.training import TrainingConfig
from recurra.training import answering_precision, opening
from recurra.training.run import RunFolder

ConfigT = TypeVar("ConfigT", bound=TrainingConfig)
NetworkT = TypeVar("NetworkT", bound=nn.Module)
T = TypeVar("T")


class Model(Generic[ConfigT, NetworkT]):
    """Settings, and a network that they ask for.

    A subclass has a `name` and a `Config`, and says what besides the weights turns data into numbers
    (`_save_artifacts`, `_load_artifacts`), and how its network is built (`_build`).

    Args:
        settings: fields of `Config` by name; the others keep their defaults.
    """

    name: ClassVar[str]
    Config: ClassVar[type[TrainingConfig]]
    weights_: str = "start"
    """Which weights the network has: the "best" by the validation part, the "last" where there was no evaluation yet,
    or those of the "start"."""
    config: ConfigT
    network: NetworkT | None = None
    """What was learnt; None before `fit`."""

    def __init__(self, **settings_by_name: Any):
        self.config = check.build(self.Config, settings_by_name)

    # --- for a subclass --------------------------------------------------------------------------------------------

    def _build(self) -> NetworkT:
        """Build the network that the settings, labels and symbols ask for."""
        raise NotImplementedError

    def _save_artifacts(self, folder: Path) -> None:
        """Write what turns data into numbers, such as labels and tokenizers, to files in a folder."""
        raise NotImplementedError

    def _load_artifacts(self, folder: Path) -> None:
        """Read what `_save_artifacts` wrote.

        Raises:
            DataError: a file is missing or broken.
        """
        raise NotImplementedError

    # --- settings, as in scikit-learn ------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name."""
        return dataclasses.asdict(self.config)

    def set_params(self, **changed: Any) -> Self:
        """Change settings; a network that was fitted keeps the ones it was built with until the next `fit`."""
        self.config = check.build(self.Config, self.get_params() | changed)
        return self

    def __repr__(self) -> str:
        defaults = dataclasses.asdict(self.Config())
        shown = (f"{name}={value!r}" for name, value in self.get_params().items() if value != defaults.get(name))
        return f"{type(self).__name__}({', '.join(shown)})"

    # --- files -----------------------------------------------------------------------------------------------------

    def save(self, folder: str | Path, overwrite: bool = False) -> None:
        """Write settings, weights and what turns data into numbers to a folder that `recurra.load` opens.

        Raises:
            DataError: the folder holds a run and `overwrite` is false.
        """
        self._fitted()
        run = RunFolder(folder)
        with run.claimed(overwrite):
            self._write_run(run)

    def _write_run(self, run: RunFolder) -> None:
        """Write all of a run but its training."""
        run.begin()
        run.write_artifacts(self._save_artifacts)
        run.write_weights(self._fitted())
        run.write_config(self.name, dataclasses.asdict(self.config), {})
        with suppress(OSError):  # a person's files are in it
            run.last_file.parent.rmdir()

    @classmethod
    @torch.inference_mode(False)  # so that the weights may be learnt on, wherever they were loaded
    def load(cls, folder: str | Path) -> Self:
        """Open a run folder; no code in it is executed.

        Raises:
            DataError: the folder holds no run of this task, or a broken one.
        """
        run = RunFolder(folder)
        task = cls._open(run)
        if task.weights_ == "start":
            raise DataError(
                f"{run.weights_file}: expected weights that were learnt, got those that a training began with, which "
                f"was stopped before its first checkpoint; go on with it: recurra train --resume {run.path}"
            )
        return task

    @classmethod
    def _open(cls, run: RunFolder) -> Self:
        config = run.read_config()
        if config["task"] != cls.name:
            raise DataError(f"{run.config_file}: expected a run of {cls.name}, got one of {config['task']}")
        task: Self = opening.settings_of(run, config, cls)
        opening.open_artifacts(run, config, lambda: task._load_artifacts(run.path))
        network = opening.build(run, config, task._build)
        run.check_files(config)
        task.weights_ = run.load_weights(network)
        task.network = network.eval()
        return task

    # --- answering -------------------------------------------------------------------------------------------------

    def reduce_precision(self, precision: AnsweringPrecision) -> Self:
        """Answer from now on over weights of fewer bits: sooner, and somewhat differently.

        Recurrent layers, linear layers and softmaxes read their weights so; explanations by gradients stay in float32.
        What a step of few rows asks for is its weights, so that writing becomes two to four times as fast. How much it
        changes the scores is told by `evaluate`, before and after. In int8 the answers do not depend on the processor.
        A network on a GPU has to be brought back first: `network.cpu()`.

        Args:
            precision: "int8", of rows with a scale each (`kernels.reduced_torch`); "bf16", bfloat16; "float32" for the
                weights as they are.

        Raises:
            DataError: nothing was learnt yet, or the network cannot be computed so; the message says why.
        """
        answering_precision.use(self._answering_networks(), precision, self.name)
        return self

    def _answering_networks(self) -> list[nn.Module]:
        """All networks that answers are made with."""
        return [self._fitted()]

    def _fitted(self) -> NetworkT:
        """Give the network.

        Raises:
            DataError: there is none yet.
        """
        return self._learnt(self.network)

    def _learnt(self, value: T | None) -> T:
        """Give what `fit` or `load` has set.

        Raises:
            DataError: it is None, since neither was called.
        """
        if value is None:
            raise DataError(f"{type(self).__name__}: expected a fitted model; call fit, or recurra.load a run")
        return value
