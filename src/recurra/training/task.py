"""What every job shares: settings, fitting into a run folder, resuming, saving and loading."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn

from recurra.errors import DataError
from recurra.nn.generators import seeded
from recurra.training import opening, processes, settings, threads
from recurra.training.lesson import Lesson
from recurra.training.lock import locked
from recurra.training.loop import Training
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.settings import TrainingConfig
from recurra.training.sources import Fingerprints, Source, Sources


class Task:
    """A job that a recurrent network can be trained for.

    A subclass has a `name`, a `Config`, and says how its data become a lesson (`_prepare`), what besides the weights
    turns data into numbers (`_write_parts`, `_read_parts`), and how its network is built (`_build`).

    Args:
        settings: fields of `Config` by name; the others keep their defaults.
    """

    name: ClassVar[str]
    Config: ClassVar[type[TrainingConfig]]
    _keeps_learnt = False  # whether the last training was ended when it had learnt something
    weights_: str = "start"
    """Which weights the network has: the "best" by the validation part, the "last" where there was no evaluation yet,
    or those of the "start"."""

    def __init__(self, **settings_by_name: Any):
        self.config: Any = settings.make(self.Config, settings_by_name)
        self.network: nn.Module | None = None

    # --- for a subclass --------------------------------------------------------------------------------------------

    def _prepare(self, data: Source, valid: Source | None) -> tuple[Lesson, Fingerprints]:
        """Make a lesson of the data, and hashes of these; keep what `_write_parts` has if it is there."""
        raise NotImplementedError

    def _build(self) -> nn.Module:
        """Build the network that the settings and the parts ask for."""
        raise NotImplementedError

    def _write_parts(self, folder: Path) -> None:
        raise NotImplementedError

    def _read_parts(self, folder: Path) -> None:
        raise NotImplementedError

    # --- settings, as in scikit-learn ------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Give the settings by name."""
        return dataclasses.asdict(self.config)

    def set_params(self, **changed: Any) -> Self:
        """Change settings; a network that was fitted keeps the ones it was built with until the next `fit`."""
        self.config = settings.make(self.Config, self.get_params() | changed)
        return self

    def __repr__(self) -> str:
        defaults = dataclasses.asdict(self.Config())
        shown = (f"{name}={value!r}" for name, value in self.get_params().items() if value != defaults.get(name))
        return f"{type(self).__name__}({', '.join(shown)})"

    # --- fitting ---------------------------------------------------------------------------------------------------

    @torch.inference_mode(False)  # whatever the caller's mode: to learn needs gradients
    @threads.put_back
    def fit(
        self,
        data: Source,
        valid: Source | None = None,
        *,
        out: str | Path | None = None,
        overwrite: bool = False,
        progress: bool = True,
        **changed: Any,
    ) -> Self:
        """Learn from data.

        Args:
            data: what to learn from.
            valid: what to choose the best weights by; where None, the data set's own part, or the end of `data`.
            out: run folder to write while learning, so that it can be resumed; None keeps all in memory.
            overwrite: whether a run that is in `out` may be replaced.
            progress: whether to report on standard error.
            changed: settings to change first.

        Returns:
            This task, with the best weights.

        Raises:
            DataError: the data, a setting or the folder is not as expected.
            TrainingDiverged: the loss stopped being finite.
            KeyboardInterrupt: somebody interrupted; with `out`, all is saved. This task has the best weights so far,
                or, before the first evaluation, the last.

        Where it fails in any other way, this task stays as it was before.
        """
        with self._restored_on_failure():
            if changed:
                self.set_params(**changed)
            together = self._set_up()
            run = RunFolder(out) if out is not None and together.main else None
            with run.claimed(overwrite) if run else nullcontext():
                self._train(self._begin(data, valid, run, together, progress))
        return self

    @contextmanager
    def _restored_on_failure(self) -> Iterator[None]:
        """Put this task back as it was where the block fails; but keep what a training learnt before it was ended."""
        before, self._keeps_learnt = dict(self.__dict__), False  # values are replaced, never changed in place
        try:
            yield
        except BaseException:
            if not self._keeps_learnt:
                self.__dict__.clear()
                self.__dict__.update(before)
            raise

    def _train(self, training: Training) -> None:
        try:
            training.train()
        except BaseException as error:
            self._keeps_learnt = training.has_learnt(error)
            raise
        finally:
            self.weights_ = training.weights

    def _begin(
        self, data: Source, valid: Source | None, run: RunFolder | None, together: Processes, progress: bool
    ) -> Training:
        """Make a lesson of data, and a run of the folder."""
        self._forget()
        with seeded(self.config.seed):
            lesson, fingerprints = self._prepare(data, valid)
        self.network = lesson.network
        training = Training(lesson, self.config, run, together, progress)
        if run:
            run.begin()
            run.write_parts(self._write_parts)
            run.write_weights(self.network, "start")
        training.save()  # of step 0: what a run begins from is drawn and measured once
        if run:
            sources = Sources.of(data, valid, fingerprints)
            run.write_config(self.name, dataclasses.asdict(self.config), sources.to_json())
        return training

    @classmethod
    @torch.inference_mode(False)
    @threads.put_back
    def resume(cls, folder: str | Path, *, progress: bool = True) -> Self:
        """Go on with a run that was interrupted or killed, as if it had never stopped.

        Raises:
            DataError: the folder holds no run of this task, or its data have changed.
        """
        run = RunFolder(folder)
        task = cls._open(run)
        threads.use(run.read_config()["threads"])
        together = task._set_up()
        with locked(run.path) if together.main else nullcontext():
            if together.main:
                run.remove_parts()
            task._go_on(run, together, progress)
        return task

    def _go_on(self, run: RunFolder, together: Processes, progress: bool) -> None:
        """Learn on from the checkpoint of a run."""
        sources = Sources.read(run.read_config()["data"], run.config_file)
        run.refuse_without_checkpoint()
        with seeded(self.config.seed):
            lesson, fingerprints = self._prepare(sources.data, sources.valid)
        sources.require_same(fingerprints, run.path)
        self.network = lesson.network
        training = Training(lesson, self.config, run, together, progress)
        training.resume(run)
        self._train(training)

    def _set_up(self) -> Processes:
        """Set threads as the settings say; meet the other processes where there are any."""
        count = self.config.threads or processes.threads_of_one()
        if count:
            threads.use(count)
        return processes.join(self.config.device)

    def _forget(self) -> None:
        """Drop what an earlier `fit` learnt from its data."""

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
        run.write_parts(self._write_parts)
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
        opening.open_parts(run, config, lambda: task._read_parts(run.path))
        task.network = opening.build(run, config, task._build)
        run.check_files(config)
        task.weights_ = run.load_weights(task.network)
        task.network.eval()
        return task

    def _fitted(self) -> nn.Module:
        if self.network is None:
            raise DataError(f"{type(self).__name__}: expected a fitted model; call fit, or recurra.load a run")
        return self.network
