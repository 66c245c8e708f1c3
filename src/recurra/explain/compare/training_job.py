"""One training of a comparison: begun, gone on with, or found finished; in a run folder of its own."""

import dataclasses
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recurra.errors import DataError, TrainingDiverged
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.distance_profile import distance_profile
from recurra.explain.compare.step_time import first_batch, step_time
from recurra.explain.compare.task import ComparedClassifier, ComparedEstimator, ComparedRegressor
from recurra.explain.compare.training_result import TrainingResult
from recurra.training.data_module import DataModule
from recurra.training.opening import without_memory
from recurra.training.run import RunFolder

_BUDGET = ("epochs", "max_minutes")  # settings that may be raised while a training goes on
_RECORDED = {
    "step": "step",
    "seconds": "seconds",
    "valid_loss": "loss",
    "valid_accuracy": "accuracy",
    "valid_length": "length",
    "gradient_norm": "gradient_norm",
}
"""What is taken over from a run's evaluations, and under which name."""


@dataclass(frozen=True)
class TrainingJob:
    """One training.

    Attributes:
        config: its settings.
        data: what a person named to learn from; "" for a generated task.
        is_regression: whether the answers are numbers.
        folder: that holds the runs of the comparison.
        overwrite: whether a run of other settings may be replaced.
    """

    config: ComparedConfig
    data: str
    is_regression: bool
    folder: Path
    overwrite: bool = False

    @property
    def name(self) -> str:
        """A name of its run that a folder can have."""
        config = self.config
        network = re.sub(r"[^\w+-]", "_", config.network_name)
        if network != config.network_name:  # other names may come to the same
            network += f"-{zlib.crc32(config.network_name.encode()):08x}"
        task = re.sub(r"[^\w-]", "-", config.task or "data")
        return f"{task}-{config.length}-{network}-seed{config.seed}"

    @property
    def run_folder(self) -> RunFolder:
        """Its run."""
        return RunFolder(self.folder / self.name)

    @property
    def result_file(self) -> Path:
        """Where its result stands, beside the run."""
        return self.folder / f"{self.name}.json"

    @property
    def estimator_class(self) -> type[ComparedEstimator]:
        """What trains it."""
        return ComparedRegressor if self.is_regression else ComparedClassifier

    @property
    def _source(self) -> str:
        """What is learnt from, by name."""
        return self.data or self.config.task

    # --- what is there already ---------------------------------------------------------------------------------------

    def refuse_other_settings(self) -> None:
        """Refuse a run of this name that has other settings, before any training.

        Raises:
            DataError: there is one, and it may not be replaced; names the setting.
        """
        if self.overwrite or not self.run_folder.config_file.exists():
            return
        before, now = self._settings_before(), self._settings()
        for name, value in now.items():
            if name not in _BUDGET and before.get(name) != value:
                raise DataError(
                    f"{self.run_folder.path}: expected a training with {name} {value!r}, got one with "
                    f"{before.get(name)!r}; give another --out, or --overwrite to train anew"
                )

    def _settings(self) -> dict[str, Any]:
        """The settings as JSON holds them, and the data."""
        settings: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self.config)))
        return settings | {"data": str(Path(self.data).resolve()) if Path(self.data).exists() else self.data}

    def _settings_before(self) -> dict[str, Any]:
        """The same of the run that is there."""
        content = self.run_folder.read_config()
        settings: dict[str, Any] = content["settings"]
        return settings | {"data": content["data"].get("data") if not self.config.task else self._settings()["data"]}

    def finished(self) -> TrainingResult | None:
        """The result, where the training has used up this budget or needs none; else None."""
        if self.overwrite or not self.result_file.exists():
            return None
        result = TrainingResult.read(self.result_file)
        epochs, minutes = (result.settings[name] for name in _BUDGET)
        is_ended = result.is_solved or bool(result.diverged)
        is_trained = not result.is_out_of_time and self.config.epochs <= epochs
        is_over = result.is_out_of_time and 0 < self.config.max_minutes <= minutes
        return result if is_ended or is_trained or is_over else None

    # --- before a training -------------------------------------------------------------------------------------------

    def prepared(self) -> DataModule:
        """What is learnt from.

        Raises:
            DataError: the data are not as expected.
        """
        return self._new().start(self._source)[1]

    def parameter_counter(self) -> Callable[[int], int]:
        """A function that tells how many numbers the network learns with so many units.

        Raises:
            DataError: the data are not as expected.
        """
        task = self._new()
        task.start(self._source)

        def count(hidden_size: int) -> int:
            network = without_memory(task.set_params(hidden_size=hidden_size)._build)
            return sum(parameter.numel() for parameter in network.parameters())

        return count

    def _new(self) -> ComparedEstimator:
        return self.estimator_class(**dataclasses.asdict(self.config))

    # --- training ----------------------------------------------------------------------------------------------------

    def run(self) -> TrainingResult:
        """Train, or go on with what was begun, and measure what was learnt.

        Raises:
            DataError: the data or a file are not as expected.
            KeyboardInterrupt: somebody interrupted; all is saved.
        """
        result = self.finished()
        if result is not None:
            return result
        result = self._train()
        result.write(self.result_file)
        return result

    def _train(self) -> TrainingResult:
        """Train, and measure."""
        run, task = self.run_folder, self._new()
        diverged = ""
        try:
            if run.config_file.exists() and not self.overwrite:
                task = self._go_on(run)
            else:
                task.fit(self._source, out=run.path, overwrite=self.overwrite, progress=False)
        except TrainingDiverged as error:
            diverged = str(error)
        return self._measured(task, diverged)

    def _go_on(self, run: RunFolder) -> ComparedEstimator:
        """Go on with a run, for what is left of the budget."""
        epochs = self.config.epochs
        before = run.read_config()["settings"]["epochs"]
        minutes = self.config.max_minutes
        if minutes:
            records = self._records()
            minutes = max(1e-6, minutes - (records[-1]["seconds"] / 60 if records else 0.0))
        more = epochs if epochs > before else None
        task: ComparedEstimator = self.estimator_class.resume(
            run.path, epochs=more, max_minutes=minutes, progress=False
        )
        return task

    def _records(self) -> list[dict[str, Any]]:
        """The evaluations of the run."""
        file = self.run_folder.metrics_file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [{name: json.loads(line).get(key) for key, name in _RECORDED.items()} for line in lines]

    def _measured(self, task: ComparedEstimator, diverged: str) -> TrainingResult:
        """What the training came to, on sequences that it did not learn from."""
        start, data, held_out = self._new().start(self._source)
        start.longest.fill_(self.config.length)  # where lengths grow, the time per step is that of the longest
        records = self._records()
        result = TrainingResult(
            self.config.network_name,
            self.config.length,
            self.config.seed,
            dataclasses.asdict(self.config),
            sum(parameter.numel() for parameter in start.parameters()),
            held_out.chance_loss,
            held_out.chance_accuracy,
            held_out.solved_loss,
            records=records,
            diverged=diverged,
            is_out_of_time=not diverged and not task.finished_,
            start_profile=distance_profile(start, held_out.profiled),
            seconds_per_step=step_time(start, first_batch(data)),
        )
        if records:
            result.steps, result.seconds = records[-1]["step"], records[-1]["seconds"]
        if diverged:  # the last weights are of no use, and the best may be those of the start
            best = min(records, key=lambda record: float(record["loss"]), default={})
            result.loss, result.accuracy = best.get("loss"), best.get("accuracy")
            return result
        network = task.fitted_network()
        scores = held_out.score(network)
        result.loss, result.accuracy = scores["loss"], scores.get("accuracy")
        result.profile = distance_profile(network, held_out.profiled)
        return result
