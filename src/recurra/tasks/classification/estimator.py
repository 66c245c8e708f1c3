"""What the classifier and the regressor of sequences share: data to numbers, and a network's outputs to answers.

The network and its loss: `recurra.tasks.classification.network`; what it learns from:
`recurra.tasks.classification.data`.
"""

from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from recurra.data import batches
from recurra.data.containers.pair import pair
from recurra.data.sequences import in_memory, recurring_classes, statistics
from recurra.data.sequences.answers import Answers
from recurra.data.sequences.examples import Examples
from recurra.data.sequences.summary import odd_classes, summary
from recurra.data.sequences.table_columns import TableColumns
from recurra.data.sources import labelled
from recurra.data.text.tokenizers import Tokenizer
from recurra.errors import DataError
from recurra.metrics import answers as scores
from recurra.nn import batch_invariance
from recurra.tasks.classification import description, examples
from recurra.tasks.classification.config import SequenceConfig
from recurra.tasks.classification.data import MONITOR, EncodedExamples, SequenceDataModule, run
from recurra.tasks.classification.labels_file import LabelsFile
from recurra.tasks.classification.network import SequenceNetwork
from recurra.training.data_module import Preparation
from recurra.training.estimator import Estimator
from recurra.training.signature import Signature
from recurra.training.sources import fingerprints_of
from recurra.training.validation import Validation

_FEW = 100  # examples below which none are held out


ConfigT = TypeVar("ConfigT", bound=SequenceConfig)


class SequenceEstimator(Estimator[ConfigT, SequenceNetwork]):
    """What the classifier and the regressor share."""

    Config = SequenceConfig
    artifacts = ("answers_", "tokenizer_", "columns_", "shape_", "ranges_", "target_names_")
    lasting = frozenset({"cell", "activation", "pooling", "per_step", "standardize"})
    lasting |= {"tokenizer", "vocabulary_size", "lowercase", "label", "group", "time", "text", "ignore"}
    kind = ""
    answers_: Answers | None = None
    tokenizer_: Tokenizer | None = None
    columns_: TableColumns | None = None
    target_names_: list[str] | None = None  # of the columns of answers, where they came as a frame of several
    sampling_rate_: int | None = None  # of the recordings that were learnt from, in Hz
    shape_: dict[str, int]
    ranges_: list[list[float]] | None = None  # the lowest and the highest number of each feature
    reads_table_ = False
    """Whether it was fitted on a table, for which scikit-learn has rules."""
    per_step: bool  # settings, set by `Estimator`
    lowercase: bool

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(  # type: ignore[override]
        self, X: Any, y: Any = None, valid: Any = None, *, sample_weight: Any = None, **more: Any
    ) -> Self:
        """Learn from sequences.

        Args:
            X: arrays: (N, T, I), or (N, T) for one feature; a list of sequences (T, I) or (T,) of unequal length; or
                texts. They may be in any container, of NumPy, torch, pandas or Polars; its rows are taken by position.
                Or files, or a named data set, without `y`: see `recurra.data.sources.labelled.resolve`.
            y: an answer for each sequence: a label, several (a list, or a row of 0 and 1), or a number; a list of
                answers, one a step, with `per_step`.
            valid: what to choose the best weights by: as `X`, or a pair of sequences and answers.
            sample_weight: how much each sequence counts, 0 or more; None, all alike.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This estimator, with the best weights.

        Raises:
            DataError, ValueError: data or a setting are not as expected.
        """
        from_files = y is None and pair(X) is None
        shows = from_files if more.get("progress") is None else more["progress"]
        with self._restored_on_failure():
            data = examples.to_learn(self, X, y, sample_weight)
            super().fit(data, examples.to_validate(self, valid, data), **(more | {"progress": shows}))
        return self

    def _reset(self) -> None:
        self.network = self.answers_ = self.tokenizer_ = self.columns_ = self.sampling_rate_ = None
        self.target_names_ = self.ranges_ = None

    def _prepare(self, data: Any, valid: Any, is_new: bool) -> Preparation[SequenceNetwork]:
        config = self.config
        train, held = self._to_learn(data, valid)
        resumable = in_memory.is_source(data)  # a training on arrays is not resumed
        fingerprints = fingerprints_of(train, held) if resumable else {}
        if is_new:
            known, locations = train.required_answers(), train.all_locations()
            self.answers_ = Answers.learn(known, self.kind == "regressor", config.per_step, locations, train.source)
        answers = self._learnt(self.answers_)
        self._set_fitted_attributes()
        doubts = recurring_classes.require(train, answers) if is_new else []
        warnings = [summary(train, answers), *odd_classes(train, answers), *doubts]
        if self.columns_ is not None:
            warnings.append(self.columns_.note())
        if held is None and config.valid_fraction and len(train) < _FEW:
            warnings.append(f"{len(train)} examples are too few to hold some out: training loss chooses the weights")
        elif held is None and config.valid_fraction:
            classes = train.answers if answers.kind == "class" and not config.per_step else None
            train, held = batches.divided(train, classes, config.valid_fraction, config.seed)
        network, more_warnings = self._learn(train) if is_new else (self._build(), [])
        valid_part = None if held is None else self._encode(held)
        encoded = self._encode(train)
        self._set_class_weights(network, encoded)
        data_module = SequenceDataModule(config, encoded, valid_part, warnings=warnings + more_warnings)
        validation = Validation() if held is None else Validation(MONITOR, data_module.score)
        return Preparation(network, data_module, validation, fingerprints)

    def _resolve(self, data: Any, needs_labels: bool = True) -> dict[str, Examples]:
        """Find labelled sequences; tables as those that were learnt from."""
        return labelled.resolve(data, self.config.column_names, self.columns_, needs_labels)

    def _to_learn(self, data: Any, valid: Any) -> tuple[Examples, Examples | None]:
        """What to learn from and, where it is known, what to validate on; keep what the columns of its tables are."""
        parts = self._resolve(data)
        train = parts["train"].in_order_of(self.columns_).with_answers_in_order_of(self.target_names_)
        self.target_names_ = self.target_names_ or train.answer_names
        if self.columns_ is None or self.columns_.in_memory:
            self.columns_ = train.columns or self.columns_  # a file's say more than those of frames
        examples.announce_columns(self)
        if valid is None:
            return train, parts.get("valid")
        held = next(iter(self._resolve(valid).values()))
        held = held.in_order_of(self.columns_, "valid")
        return train, held.with_answers_in_order_of(self.target_names_, "y of valid")

    def _learn(self, train: Examples) -> tuple[SequenceNetwork, list[str]]:
        """Learn what turns examples into numbers; build the network, and say what is worth knowing of them."""
        config, notes = self.config, []
        if train.is_text:
            kind = _tokenizer_kind(config.tokenizer, train)
            texts = (self._text(text) + "\n" for text in train.inputs)
            self.tokenizer_ = Tokenizer.learn(kind, texts, config.vocabulary_size)
            self.shape_ = {"features": 0, "marked": 0}
            network = self._build()
        else:
            measured = statistics.measure(train.inputs, train.where)
            self.shape_ = {"features": len(measured.mean), "marked": int(measured.missing.sum())}
            self.ranges_, self.sampling_rate_ = measured.ranges, train.sampling_rate
            network, notes = self._build(), measured.notes()
            _set_standardization(network.standardize, measured, config.standardize)
        return network, notes

    def _set_fitted_attributes(self) -> None:
        """Set what scikit-learn reads off a fitted estimator."""

    def _set_class_weights(self, network: SequenceNetwork, train: EncodedExamples) -> None:
        """Set how much each class counts in the loss."""

    def _load_weights(self, network: SequenceNetwork, weights: dict[str, Tensor]) -> None:
        """Take the weights of another network, but those of the classes, which are of the data."""
        network.load_state_dict(weights | {"class_weight": network.class_weight})

    def _build(self) -> SequenceNetwork:
        symbols = len(self.tokenizer_) if self.tokenizer_ is not None else 0
        return SequenceNetwork(
            symbols, self.shape_["features"], self.shape_["marked"], self._learnt(self.answers_), self.config
        )

    # --- numbers -----------------------------------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        return text.lower() if self.lowercase else text

    def _encode(self, examples: Examples) -> EncodedExamples:
        answers = self._learnt(self.answers_)
        known, inputs = examples.required_answers(), self.encode_inputs(examples)
        encoded = answers.encode(known, examples.all_locations())
        if answers.per_step:
            for i, (x, y) in enumerate(zip(inputs, encoded, strict=True)):
                if len(x) != len(y):
                    raise DataError(f"{examples.where(i)}: expected {len(x)} answers, one a step, got {len(y)}")
        return EncodedExamples(inputs, encoded, examples.weights, examples.where)

    def encode_inputs(self, examples: Examples) -> Any:
        """Turn sequences into what the network reads: numbers (T, features) as they are, texts as symbols (T,) each.

        Raises:
            DataError: they are not of the kind, the rate or the features that were learnt from.
        """
        if examples.is_text != (self.tokenizer_ is not None):
            expected, got = ("numbers", "texts") if examples.is_text else ("texts", "numbers")
            raise DataError(f"{examples.where(0)}: expected {expected}, as in training, got {got}")
        if self.tokenizer_ is not None:
            nothing = np.asarray([self.tokenizer_.unknown or 0])
            encoded = self.tokenizer_.encode_all(map(self._text, examples.inputs))
            return [numbers if len(numbers) else nothing for numbers in encoded]
        examples.refuse_other_rate(self.sampling_rate_)
        features = self.shape_["features"]
        for i in range(1 if isinstance(examples.inputs, np.ndarray) else len(examples)):
            width = examples.inputs[i].shape[-1]
            if width != features:
                raise DataError(f"{examples.where(i)}: expected {features} features a step, got {width}")
        return examples.inputs

    # --- answering ---------------------------------------------------------------------------------------------------

    def _to_answer(self, X: Any) -> Examples:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        return examples.to_answer(self, X)

    def _scores(self, X: Any) -> list[np.ndarray]:
        """A network's outputs for each sequence: (outputs,), or (T, outputs) with `per_step`."""
        sequences = self._to_answer(X)
        return run(self._fitted(), self.encode_inputs(sequences), sequences.where)

    def _decode(self, scored: list[np.ndarray]) -> Any:
        answers = self._learnt(self.answers_)
        return [answers.decode(steps) for steps in scored] if answers.per_step else answers.decode(np.stack(scored))

    def predict(self, X: Any) -> Any:
        """Answer sequences.

        Args:
            X: as of `fit`.

        Returns:
            An array of answers, or a list of lists where each sequence has several; with `per_step` a list of the
            answers of each sequence.
        """
        return self._decode(self._scores(X))

    def describe(self, X: Any, *, beginnings: int = 0) -> list[dict[str, Any]]:
        """Answer sequences, as JSON holds it.

        Args:
            X: as of `fit`.
            beginnings: how many beginnings of each sequence, evenly spaced, the last one all of it, to answer too; of
                long sequences fewer.

        Returns:
            For each sequence its "answer", as of `predict`; a list, one a step, with `per_step`. A classifier also says
            how sure that is: the "probabilities" by label, as of `predict_proba`. With `beginnings`, "beginnings": of
            each how many "steps" it has, and what is answered if the sequence ends there.

        Raises:
            DataError: `beginnings` of a network that answers at every step.
        """
        if beginnings and self.per_step:
            raise DataError("beginnings: expected 0 with an answer at every step, got a number above")
        sequences = self._to_answer(X)
        encoded = self.encode_inputs(sequences)
        described = self._describe(run(self._fitted(), encoded, sequences.where))
        for record, sequence in zip(described, encoded, strict=True):
            if beginnings:
                record["beginnings"] = self._describe_beginnings(sequence, beginnings)
        return described

    def _describe(self, scored: list[np.ndarray]) -> list[dict[str, Any]]:
        """Answers of a network's outputs, as JSON holds them."""
        return description.records(self._learnt(self.answers_), self._decode(scored))

    def _describe_beginnings(self, sequence: np.ndarray, count: int) -> list[dict[str, Any]]:
        """What is answered if a sequence (T, ...) ends sooner, at so many places."""
        lengths = description.lengths_of_beginnings(len(sequence), count)
        described = self._describe(run(self._fitted(), [sequence[:length] for length in lengths]))
        return [{"steps": length} | record for length, record in zip(lengths, described, strict=True)]

    @property
    def is_batch_invariant(self) -> bool:  # type: ignore[override]  # follows from the layers
        """Whether the answers of `describe` do not depend on the other inputs; see `Task`."""
        return self.network is not None and batch_invariance.holds_for(self.network)

    def signature(self) -> Signature:
        """What goes into `describe` and comes out of it."""
        self._fitted()
        has_gaps = self.shape_["marked"] > 0
        answers, features = self._learnt(self.answers_), self.shape_["features"]
        return description.signature(
            self.name,
            answers,
            features,
            has_gaps,
            ranges=self.ranges_,
            sampling_rate=self.sampling_rate_,
            numbers=self.number_names,
        )

    @property
    def number_names(self) -> list[str] | None:
        """What the numbers of an answer are called: the columns that they came in; None where that is not known."""
        if self._learnt(self.answers_).kind != "number":
            return None
        label = self.columns_.label if self.columns_ is not None else None
        return self.target_names_ or ([label] if label else None)

    def evaluate(self, data: Any, y: Any = None, part: str | None = None) -> dict[str, Any]:
        """Score on labelled sequences.

        Args:
            data: as of `fit`: sequences, files or a named data set, or a pair of sequences and answers.
            y: the answers to sequences in memory.
            part: of a named data set; None takes "test" where there is one.

        Returns:
            Scores by name, see `recurra.metrics.answers`.
        """
        return scores.full(*self._outputs_and_truth(data, y, part))

    def data_module(self, data: Any, part: str | None = None) -> SequenceDataModule:
        """Give labelled sequences in the batches that `network.loss` takes; arguments as of `evaluate`."""
        self._fitted()
        return SequenceDataModule(self.config, self._encode(examples.to_score(self, data, None, part)), valid=None)

    def _outputs_and_truth(self, data: Any, y: Any, part: str | None) -> tuple[Answers, np.ndarray, np.ndarray]:
        """What answers can be, a network's outputs (N, outputs) and the true answers as numbers (N, ...)."""
        network = self._fitted()
        encoded = self._encode(examples.to_score(self, data, y, part))
        answers, outputs = self._learnt(self.answers_), run(network, encoded.inputs, encoded.where)
        return answers, answers.concatenate(outputs), answers.concatenate(encoded.answers)

    # --- files -------------------------------------------------------------------------------------------------------

    def _save_artifacts(self, folder: Path) -> None:
        answers = self._learnt(self.answers_)
        names = self.target_names_
        labels = LabelsFile(answers, self.shape_, self.sampling_rate_, self.columns_, names, self.ranges_)
        labels.write(folder / "labels.json")
        if self.tokenizer_ is not None:
            self.tokenizer_.save(folder / "tokenizer.json")

    def _load_artifacts(self, folder: Path) -> None:
        labels = LabelsFile.read(folder / "labels.json", self.config.per_step)
        self.answers_, self.shape_, self.sampling_rate_ = labels.answers, labels.shape, labels.sampling_rate
        self.columns_, self.target_names_, self.ranges_ = labels.columns, labels.target_names, labels.ranges
        examples.announce_columns(self)
        self._set_fitted_attributes()
        if not self.shape_["features"]:
            self.tokenizer_ = Tokenizer.load(folder / "tokenizer.json")


def _tokenizer_kind(setting: str, train: Examples) -> str:
    """The kind of symbols; "auto" takes characters where most texts are one word."""
    if setting != "auto":
        return setting
    words = [len(text.split()) for text in train.inputs]
    return "char" if np.mean(words) < 2 else "word"


def _set_standardization(standardize: Any, measured: statistics.Statistics, scales: bool) -> None:
    """Let a network standardize features by what those of the training are like, and mark what is missing."""
    if scales:
        standardize.mean.copy_(torch.from_numpy(measured.mean))
        standardize.scale.copy_(torch.from_numpy(measured.scale))
    standardize.marks.copy_(torch.from_numpy(np.flatnonzero(measured.missing)))
