"""A training that is compared with others: a classifier or a regressor over any of the networks that are compared."""

from pathlib import Path
from typing import Any, cast

import numpy as np

from recurra.data.generated.catalogue import generated
from recurra.data.generated.generated_task import GeneratedTask
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.errors import DataError
from recurra.explain.compare import held_out
from recurra.explain.compare.config import ComparedConfig
from recurra.explain.compare.generated_data import MONITOR, GeneratedDataModule, first_length
from recurra.explain.compare.held_out import HeldOut
from recurra.explain.compare.network import ComparedNetwork
from recurra.nn.generators import seeded
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.training.data_module import DataModule, Preparation
from recurra.training.run import RunFolder
from recurra.training.validation import Validation

_MARGIN = 0.5  # how far below the loss of a solved task a training ends, since other sequences are scored then
_FEWEST = 100  # sequences of a person's own, so that some can be held out


class ComparedEstimator(SequenceEstimator):  # type: ignore[type-arg]  # of ComparedConfig
    """What is trained: on a generated task, or on labelled sequences that a person named."""

    Config = ComparedConfig

    @property
    def generated(self) -> GeneratedTask | None:
        """The generated task; None where a person's own data are learnt from."""
        config = self.config
        return generated(config.task, config.length, config.shortest) if config.task else None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[Any]:
        """Make batches: of a generated task from nothing but its name, else of data as a classifier does."""
        task = self.generated
        if task is None:
            return super()._prepare(data, valid, is_new)
        self._set_answers(task)
        network = self._build()
        network.longest.fill_(first_length(self.config))
        data_module = GeneratedDataModule(self.config, task, network)
        target = self.config.target_loss or _MARGIN * task.solved_loss
        validation = Validation(MONITOR, data_module.score, target)
        return Preparation(network, data_module, validation, {"train": "", "valid": ""})

    def _how_to_resume(self, run: RunFolder) -> str:
        """Name what goes on with a run: the comparison that it is a part of, as no command resumes one by itself."""
        return "make the same comparison again; with a larger max_minutes, if it stopped after its max_minutes"

    def start(self, data: str) -> tuple[ComparedNetwork, DataModule, HeldOut]:
        """The network as it begins, what it learns from and what it is scored on; the same for the same settings."""
        with seeded(self.config.seed):
            preparation = self._prepare(data, None, is_new=True)
        task = self.generated
        if task is not None:
            return preparation.network, preparation.data, held_out.of_task(task, self.config.test_sequences)
        return preparation.network, preparation.data, held_out.of_examples(preparation.data, preparation.network)

    def fitted_network(self) -> ComparedNetwork:
        """What was learnt.

        Raises:
            DataError: nothing yet.
        """
        network: Any = self._fitted()
        return cast(ComparedNetwork, network)

    def _set_answers(self, task: GeneratedTask) -> None:
        """Set what the network answers with."""
        self.shape_ = {"features": task.features, "marked": 0}
        if task.classes:
            self.answers_ = Answers("class", list(range(task.classes)), task.per_step)
        else:
            self.answers_ = Answers("number", mean=[0.0], scale=[1.0])

    def _build(self) -> Any:
        task = self.generated
        symbols = task.symbols if task is not None else len(self.tokenizer_ or ())
        features, marked = self.shape_["features"], self.shape_["marked"]
        return ComparedNetwork(symbols, features, marked, self._learnt(self.answers_), self.config)

    def _to_learn(self, data: Any, valid: Any) -> tuple[Examples, Examples | None]:
        train, held_out = super()._to_learn(data, valid)
        if held_out is None and len(train) < _FEWEST:
            raise DataError(
                f"{train.source}: expected at least {_FEWEST} sequences, so that some can be held out to score on, "
                f"got {len(train)}"
            )
        return train, held_out

    def _encode(self, examples: Examples) -> Any:
        """Sequences as numbers, each cut to the first `length` steps."""
        encoded = super()._encode(examples)
        length, longest = self.config.length, max(map(len, encoded.inputs))
        if longest < length:
            raise DataError(
                f"{examples.source or 'data'}: expected sequences of at least {length} steps, the length to compare "
                f"at, got {longest} in the longest"
            )
        encoded.inputs = [np.asarray(inputs[:length]) for inputs in encoded.inputs]
        if self.config.per_step:
            encoded.answers = [answers[:length] for answers in encoded.answers]
        return encoded

    def _save_artifacts(self, folder: Path) -> None:
        """Write labels and symbols; of a generated task the settings say them."""
        if self.generated is None:
            super()._save_artifacts(folder)

    def _load_artifacts(self, folder: Path) -> None:
        task = self.generated
        if task is None:
            super()._load_artifacts(folder)
        else:
            self._set_answers(task)


class ComparedClassifier(ComparedEstimator):
    """A compared training whose answers are classes."""

    name = "compared-classifier"
    kind = "classifier"


class ComparedRegressor(ComparedEstimator):
    """A compared training whose answers are numbers."""

    name = "compared-regressor"
    kind = "regressor"
