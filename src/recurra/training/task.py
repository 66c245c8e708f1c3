"""What every job shares: fitting into a run folder, and going on with a run."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from recurra.errors import DataError
from recurra.nn.generators import seeded
from recurra.training import fine_tuning, processes, threads
from recurra.training.lesson import Lesson
from recurra.training.lock import locked
from recurra.training.loop import Training
from recurra.training.model import Model
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.sources import Fingerprints, Source, Sources


class Task(Model):
    """A job that a recurrent network can be trained for.

    Besides what `Model` asks for a subclass says how its data become a lesson (`_prepare`).

    Args:
        settings: fields of `Config` by name; the others keep their defaults.
    """

    parts: ClassVar[tuple[str, ...]]
    """Attributes that turn data into numbers; a training that starts from another keeps them."""
    lasting: ClassVar[frozenset[str]] = frozenset()
    """Settings that decide what is in the parts or what weights mean, besides those that change the weights' shapes."""
    finished_: bool = True
    """Whether the last training came to its end, and was not stopped before."""
    scores_: dict[str, float]
    """Scores of the best evaluation of the training."""
    _keeps_learnt = False  # whether the last training was ended when it had learnt something

    # --- for a subclass --------------------------------------------------------------------------------------------

    def _prepare(self, data: Source, valid: Source | None) -> tuple[Lesson, Fingerprints]:
        """Make a lesson of the data, and hashes of these; keep what `_write_parts` has if it is there."""
        raise NotImplementedError

    def _start_from(self, network: nn.Module, weights: dict[str, Tensor]) -> None:
        """Let a network that is to be trained start from weights of another of the same shapes."""
        network.load_state_dict(weights)

    def _forget(self) -> None:
        """Drop what an earlier `fit` learnt from its data."""

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
        start_from: Any = None,
        **changed: Any,
    ) -> Self:
        """Learn from data.

        Args:
            data: what to learn from.
            valid: what to choose the best weights by; where None, the data set's own part, or the end of `data`.
            out: run folder to write while learning, so that it can be resumed; None keeps all in memory.
            overwrite: whether a run that is in `out` may be replaced.
            progress: whether to report on standard error.
            start_from: a run folder, or a fitted task of this job, whose weights to start from (fine-tuning); its
                network, labels and symbols are kept, and its settings, but for those given here.
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
            base = None if start_from is None else fine_tuning.require_fitted(self, start_from)
            if base is not None:
                changed = fine_tuning.settings_from(self, base, changed, _name_of(start_from))
            if changed:
                self.set_params(**changed)
            together = self._set_up()
            run = RunFolder(out, "out") if out is not None and together.main else None
            with run.claimed(overwrite) if run else nullcontext():
                self._train(self._begin(data, valid, run, together, progress, base))
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
            self.weights_, self.scores_ = training.weights, training.best_scores()
            self.finished_ = training.finished

    def _begin(
        self,
        data: Source,
        valid: Source | None,
        run: RunFolder | None,
        together: Processes,
        progress: bool,
        base: Self | None,
    ) -> Training:
        """Make a lesson of data, and a run of the folder."""
        weights = None if base is None else base._fitted().state_dict()
        parts = {} if base is None else {name: getattr(base, name) for name in self.parts}
        self._forget()
        for name, part in parts.items():
            setattr(self, name, part)
        with seeded(self.config.seed):
            lesson, fingerprints = self._prepare(data, valid)
        self.network = lesson.network
        if weights is not None:
            self._start_from(lesson.network, weights)
        training = Training(lesson, self.config, run, together, progress)
        sources = Sources.of(data, valid, fingerprints) if run else None
        if run:
            run.begin()
            run.write_parts(self._write_parts)
            run.write_weights(self.network, "start")
        training.save()  # of step 0: what a run begins from is drawn and measured once
        if run and sources:
            run.write_config(self.name, dataclasses.asdict(self.config), sources.to_json())
        return training

    @classmethod
    @torch.inference_mode(False)
    @threads.put_back
    def resume(cls, folder: str | Path, *, epochs: int | None = None, progress: bool = True) -> Self:
        """Go on with a run that was interrupted or killed, as if it had never stopped.

        Args:
            folder: of the run.
            epochs: passes over the data in all, more than those of the run: a finished training goes on, too. The
                learning rate then follows its schedule over this new total from where the training stands. None keeps
                the number.
            progress: whether to report on standard error.

        Raises:
            DataError: the folder holds no run of this task, or its data have changed, or there are fewer epochs.
        """
        run = RunFolder(folder)
        task = cls._open(run)
        threads.use(run.read_config()["threads"])
        together = task._set_up()
        with locked(run.path) if together.main else nullcontext():
            if together.main:
                run.remove_parts()
            task._go_on(run, together, progress, epochs)
        return task

    def _go_on(self, run: RunFolder, together: Processes, progress: bool, epochs: int | None) -> None:
        """Learn on from the checkpoint of a run."""
        config = run.read_config()
        sources = Sources.read(config["data"], run.config_file)
        if epochs is not None:
            if epochs < self.config.epochs:
                raise DataError(f"epochs: expected at least {self.config.epochs}, those of {run.path}, got {epochs}")
            self.set_params(epochs=epochs)
            config["settings"] = dataclasses.asdict(self.config)
        run.refuse_without_checkpoint()
        with seeded(self.config.seed):
            lesson, fingerprints = self._prepare(sources.data, sources.valid)
        sources.require_same(fingerprints, run.path)
        self.network = lesson.network
        training = Training(lesson, self.config, run, together, progress)
        training.resume(run)
        if epochs is not None:
            if together.main:
                run.rewrite_config(config)
            training.go_beyond_stall()
        self._train(training)

    def _set_up(self) -> Processes:
        """Set threads as the settings say; meet the other processes where there are any."""
        count = self.config.threads or processes.threads_of_one()
        if count:
            threads.use(count)
        return processes.join(self.config.device)


def _name_of(start_from: Any) -> str:
    return str(start_from) if isinstance(start_from, str | Path) else f"the {type(start_from).__name__} to start from"
