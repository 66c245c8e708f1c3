"""What every job shares: fitting into a run folder, and going on with a run."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.nn.generators import seeded
from recurra.training import fine_tuning, processes, threads
from recurra.training.data_module import DataModule, Preparation, total_steps
from recurra.training.interrupt import resume_command
from recurra.training.lock import locked
from recurra.training.loop import Training
from recurra.training.model import ConfigT, Model, NetworkT
from recurra.training.processes import Processes
from recurra.training.run import RunFolder
from recurra.training.signature import Signature
from recurra.training.sources import Source, Sources
from recurra.training.supervised import Supervised
from recurra.training.supervised_network import SupervisedNetwork
from recurra.training.update import Update


class Task(Model[ConfigT, NetworkT]):
    """A job that a recurrent network can be trained for.

    Besides what `Model` asks for a subclass says what is made of data before it learns (`_prepare`), and where it does
    not learn from right answers alone, what learns from a batch (`_make_update`).

    Args:
        settings: fields of `Config` by name; the others keep their defaults.
    """

    artifacts: ClassVar[tuple[str, ...]]
    """Attributes that turn data into numbers; a training that starts from another keeps them."""
    lasting: ClassVar[frozenset[str]] = frozenset()
    """Settings that decide what the artifacts are or what weights mean, besides those that change the weights'
    shapes."""
    finished_: bool = True
    """Whether the last training came to its end, and was not stopped before."""
    scores_: dict[str, float]
    """Scores of the best evaluation of the training."""
    is_batch_invariant: bool = False
    """Whether, within `kernels.batch_invariance.batch_invariant()`, the answers of `describe` are to the last bit the
    same whatever other inputs stand beside one."""
    _keeps_learnt = False  # whether the last training was ended when it had learnt something

    # --- for a subclass --------------------------------------------------------------------------------------------

    def _prepare(self, data: Source, valid: Source | None, is_new: bool) -> Preparation[NetworkT]:
        """Make of a person's data what the training needs.

        Args:
            data: to learn from.
            valid: to choose the best weights by; None where no data were named for that.
            is_new: whether labels, symbols and the like are to be learnt from the data, and set as the attributes named
                in `artifacts`. Else these are there: a run is resumed, or one is started from.

        Raises:
            DataError: the data are not as expected.
        """
        raise NotImplementedError

    def _make_update(self, network: NetworkT, steps: int, together: Processes) -> Update:
        """Make what learns from a batch: here, a network that follows its loss.

        Args:
            network: on the device where it is trained.
            steps: of the whole training.
            together: the processes that train together.
        """
        if not isinstance(network, SupervisedNetwork):
            raise TypeError(f"network: expected one with a loss, got {type(network).__name__}")
        return Supervised(network, self.config, steps, together)

    def _how_to_resume(self, run: RunFolder) -> str:
        """Name what goes on with a run of this job, for its log: here, a command."""
        return resume_command(run.path)

    def _load_weights(self, network: NetworkT, weights: dict[str, Tensor]) -> None:
        """Let a network that is to be trained start from weights of another of the same shapes."""
        network.load_state_dict(weights)

    def data_module(self, data: Any, part: str | None = None) -> DataModule:
        """Give labelled data in the batches that `network.loss` takes, to measure what was learnt.

        The batches lie on the processor; `batch.to(device)` brings one to a network on a GPU.

        Args:
            data: as of `evaluate`; what is in memory with its answers, as a pair.
            part: of a named data set; None takes "test" where there is one, else "valid".

        Raises:
            DataError: nothing was learnt yet, or the data are not as expected.
        """
        raise NotImplementedError

    def describe(self, inputs: Any, /) -> list[dict[str, Any]]:
        """Answer inputs in a form that JSON holds, an object for each; the command line and servers stand on this.

        Args:
            inputs: a list of what `signature` says of one.
        """
        raise NotImplementedError

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it.

        Raises:
            DataError: nothing was learnt yet.
        """
        raise NotImplementedError

    def _reset(self) -> None:
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
                preparation = self._prepare_from(data, valid, base)
                training = self._make_training(preparation, run, together, progress)
                self._save_start(training, run, data, valid, preparation)
                self._train(training)
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

    def _prepare_from(self, data: Source, valid: Source | None, base: Self | None) -> Preparation[NetworkT]:
        """Make of data what a training needs that starts from another task, or, where `base` is None, anew."""
        if base is None:
            self._reset()
            with seeded(self.config.seed):
                return self._prepare(data, valid, is_new=True)
        weights = base._fitted().state_dict()
        artifacts = {name: getattr(base, name) for name in self.artifacts}
        self._reset()
        for name, artifact in artifacts.items():
            setattr(self, name, artifact)
        with seeded(self.config.seed):
            preparation = self._prepare(data, valid, is_new=False)
        self._load_weights(preparation.network, weights)
        return preparation

    def _make_training(
        self, preparation: Preparation[NetworkT], run: RunFolder | None, together: Processes, progress: bool
    ) -> Training:
        """Bring the network to where it is trained, and all together."""
        self.network = network = preparation.network.to(together.device)
        together.copy_from_main(network)
        steps = total_steps(preparation.data, self.config.epochs)
        update = self._make_update(network, steps, together)
        way = self._how_to_resume(run) if run else None
        return Training(update, preparation.data, preparation.validation, self.config, run, together, progress, way)

    def _save_start(
        self,
        training: Training,
        run: RunFolder | None,
        data: Source,
        valid: Source | None,
        preparation: Preparation[NetworkT],
    ) -> None:
        """Make a folder a run, with the checkpoint of step 0: what a run begins from is drawn and measured once."""
        if run is None:
            training.save()  # as the other processes do, which meet there
            return
        sources = Sources.of(data, valid, preparation.fingerprints)
        run.begin()
        run.write_artifacts(self._save_artifacts)
        run.write_weights(preparation.network, "start")
        training.save()
        run.write_config(self.name, dataclasses.asdict(self.config), sources.to_json())

    def _train(self, training: Training) -> None:
        try:
            training.train()
        except BaseException as error:
            self._keeps_learnt = training.has_learnt(error)
            raise
        finally:
            self.weights_, self.finished_ = training.best.kind, training.finished
            self.scores_ = training.position.best_scores(training.validation.monitor)

    # --- going on --------------------------------------------------------------------------------------------------

    @classmethod
    @torch.inference_mode(False)
    @threads.put_back
    def resume(
        cls,
        folder: str | Path,
        *,
        epochs: int | None = None,
        max_minutes: float | None = None,
        progress: bool = True,
    ) -> Self:
        """Go on with a run that was interrupted or killed, as if it had never stopped.

        Args:
            folder: of the run.
            epochs: passes over the data in all, more than those of the run: a finished training goes on, too. The
                learning rate then follows its schedule over this new total from where the training stands. None keeps
                the number.
            max_minutes: time of this session; None keeps that of the run.
            progress: whether to report on standard error.

        Raises:
            DataError: the folder holds no run of this task, or its data have changed, or there are fewer epochs.
        """
        run = RunFolder(folder)
        task = cls._open(run)
        if max_minutes is not None:
            task.set_params(max_minutes=max_minutes)
        threads.use(run.read_config()["threads"])
        together = task._set_up()
        with locked(run.path) if together.main else nullcontext():
            if together.main:
                run.remove_half_written()
            task._resume_training(run, together, progress, epochs)
        return task

    def _resume_training(self, run: RunFolder, together: Processes, progress: bool, epochs: int | None) -> None:
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
            preparation = self._prepare(sources.data, sources.valid, is_new=False)
        sources.require_same(preparation.fingerprints, run.path)
        training = self._make_training(preparation, run, together, progress)
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
