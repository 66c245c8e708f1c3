"""Classification and regression of sequences: a label, several, or a number, at the end or at every step.

The network, its loss and its lesson: `recurra.tasks.sequence_network`. Here is what turns data into numbers.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from recurra.data import atomic, batches, given, labelled, named, statistics
from recurra.data.answers import Answers
from recurra.data.examples import Examples
from recurra.data.fingerprint import fingerprint
from recurra.data.table_columns import TableColumns
from recurra.data.tokenizers import Tokenizer
from recurra.errors import DataError
from recurra.tasks import scores
from recurra.tasks.sequence_network import (
    Encoded,
    SequenceClassifierConfig,
    SequenceConfig,
    SequenceLesson,
    SequenceNetwork,
    run,
)
from recurra.training.estimator import Estimator
from recurra.training.task import Fingerprints

_FEW = 100  # examples below which none are held out


class SequenceEstimator(Estimator):
    """What the classifier and the regressor share."""

    Config = SequenceConfig
    kind = ""
    answers_: Answers | None = None
    tokenizer_: Tokenizer | None = None
    columns_: TableColumns | None = None
    shape_: dict[str, int]
    every_step: bool  # settings, set by `Estimator`
    lowercase: bool

    # --- learning ----------------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, valid: Any = None, **more: Any) -> Self:  # type: ignore[override]
        """Learn from sequences.

        Args:
            X: arrays: (N, T, I), or (N, T) for one feature; a list of sequences (T, I) of unequal length; or texts. Or
                files, or a named data set, without `y`: see `recurra.data.labelled.resolve`.
            y: an answer for each sequence: a label, several (a list, or a row of 0 and 1), or a number; a list of
                answers, one a step, with `every_step`.
            valid: what to choose the best weights by: as `X`, or a pair of arrays and answers.
            more: as of `Task.fit`: out, overwrite, progress, and settings to change.

        Returns:
            This estimator, with the best weights.

        Raises:
            DataError, ValueError: data or a setting are not as expected.
        """
        if y is None and not given.is_source(X):
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        with self._restored_on_failure():
            data = X if y is None else self._given(X, y)
            if isinstance(valid, tuple) and not given.is_source(valid[0]):
                valid = Examples(given.sequences(valid[0]), list(valid[1]))
            shows = y is None if more.get("progress") is None else more["progress"]
            super().fit(data, valid, **(more | {"progress": shows}))
        return self

    def _given(self, X: Any, y: Any) -> Examples:
        """What was given as arrays, held to scikit-learn's rules where it is a table."""
        if given.is_table(X):
            from sklearn.utils.validation import validate_data

            finite = {"ensure_all_finite": "allow-nan", "dtype": np.float64}
            if self.every_step or (isinstance(y, list) and any(isinstance(one, list | tuple) for one in y)):
                return Examples(validate_data(self, X, **finite)[:, :, None], list(y))
            shape = np.asarray(y).shape
            several = len(shape) == 2 and (self.kind == "regressor" or shape[1] > 1)
            options = {"multi_output": several, "y_numeric": self.kind == "regressor"}
            X, y = validate_data(self, X, y, **finite, **options)
            if not several:
                from sklearn.utils.validation import column_or_1d

                y = column_or_1d(y, warn=True)
            if self.kind == "classifier":
                from sklearn.utils.multiclass import check_classification_targets

                check_classification_targets(y)
            return Examples(X[:, :, None], y)
        inputs = given.sequences(X)
        self.n_features_in_ = 1 if isinstance(inputs[0], str) else inputs[0].shape[-1]
        return Examples(inputs, y)

    def _forget(self) -> None:
        self._network = self.answers_ = self.tokenizer_ = self.columns_ = None

    def _prepare(self, data: Any, valid: Any) -> tuple[SequenceLesson, Fingerprints]:
        config = self.config
        train, held = self._to_learn(data, valid)
        resumable = given.is_source(data)  # a training on arrays is not resumed
        fingerprints = {"train": _fingerprint(train), "valid": _fingerprint(held)} if resumable else {}
        is_new = self.answers_ is None  # else a run is resumed, and what was learnt then is at hand
        if is_new:
            self.answers_ = Answers.learn(train.known(), self.kind == "regressor", config.every_step)
        self._announce()
        notes = [] if self.columns_ is None else [self.columns_.note()]
        if held is None and config.valid_fraction and len(train) < _FEW:
            notes.append(f"{len(train)} examples are too few to hold some out: training loss chooses the weights")
        elif held is None and config.valid_fraction:
            by = train.answers if self._answers().kind == "class" and not config.every_step else None
            kept, out = batches.hold_out(by, len(train), config.valid_fraction, config.seed)
            train, held = train.select(kept), train.select(out)
        network, told = self._learn(train) if is_new else (self._build(), [])
        valid_part = None if held is None else self._encode(held)
        return SequenceLesson(network, config, self._encode(train), valid_part, notes=notes + told), fingerprints

    def _resolve(self, data: Any, needs_labels: bool = True) -> dict[str, Examples]:
        """Find labelled sequences; tables as those that were learnt from."""
        return labelled.resolve(data, self.config.column_names, self.columns_, needs_labels)

    def _to_learn(self, data: Any, valid: Any) -> tuple[Examples, Examples | None]:
        """What to learn from and, where it is known, what to validate on; keep what the columns of its tables are."""
        parts = self._resolve(data)
        self.columns_ = self.columns_ or parts["train"].columns
        held = parts.get("valid") if valid is None else next(iter(self._resolve(valid).values()))
        return parts["train"], held

    def _learn(self, train: Examples) -> tuple[SequenceNetwork, list[str]]:
        """Learn what turns examples into numbers; build the network, and say what is worth knowing of them."""
        config, notes = self.config, []
        if train.is_text:
            texts, kind = (self._text(text) + "\n" for text in train.inputs), _kind(config.tokenizer, train)
            self.tokenizer_ = Tokenizer.learn(kind, texts, config.vocabulary_size)
            self.shape_ = {"features": 0, "marked": 0}
            network = self._build()
        else:
            known = statistics.measure(train.inputs)
            self.shape_ = {"features": len(known.mean), "marked": int(known.missing.sum())}
            network, notes = self._build(), known.notes()
            _set(network.standardize, known, config.standardize)
        self._weigh(network, train)
        return network, notes

    def _announce(self) -> None:
        """Set what scikit-learn reads off a fitted estimator."""

    def _weigh(self, network: Any, train: Examples) -> None:
        """Set the weights of the classes."""

    def _build(self) -> SequenceNetwork:
        symbols = len(self.tokenizer_) if self.tokenizer_ is not None else 0
        return SequenceNetwork(symbols, self.shape_["features"], self.shape_["marked"], self._answers(), self.config)

    def _answers(self) -> Answers:
        assert self.answers_ is not None, "before fit"
        return self.answers_

    # --- numbers -----------------------------------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        return text.lower() if self.lowercase else text

    def _encode(self, examples: Examples) -> Encoded:
        answers = self._answers()
        known, inputs = examples.known(), self._encode_inputs(examples)
        encoded = answers.encode(known, examples.names)
        if answers.every_step:
            for i, (x, y) in enumerate(zip(inputs, encoded, strict=True)):
                if len(x) != len(y):
                    raise DataError(f"{examples.name(i)}: expected {len(x)} answers, one a step, got {len(y)}")
        return Encoded(inputs, encoded)

    def _encode_inputs(self, examples: Examples) -> Any:
        if examples.is_text != (self.tokenizer_ is not None):
            got = ("texts", "numbers")[:: 1 if examples.is_text else -1]
            raise DataError(f"expected {got[1]}, as in training, got {got[0]}")
        if self.tokenizer_ is not None:
            nothing = np.asarray([self.tokenizer_.unknown or 0])
            texts = (self.tokenizer_.encode(self._text(text)) for text in examples.inputs)
            return [numbers if len(numbers) else nothing for numbers in texts]
        expected = self.shape_["features"]
        for i in range(1 if isinstance(examples.inputs, np.ndarray) else len(examples)):
            if examples.inputs[i].shape[-1] != expected:
                got_features = examples.inputs[i].shape[-1]
                raise DataError(f"{examples.name(i)}: expected {expected} features a step, got {got_features}")
        return examples.inputs

    # --- answering ---------------------------------------------------------------------------------------------------

    def _scores(self, X: Any) -> list[np.ndarray]:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        if given.is_source(X) and not (self.tokenizer_ is not None and isinstance(X, list)):
            examples = next(iter(self._resolve(X, needs_labels=False).values()))
        elif given.is_table(X):
            from sklearn.utils.validation import validate_data

            X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
            examples = Examples(X[:, :, None])
        else:
            examples = Examples(given.sequences(X))
        return run(self.network, self._encode_inputs(examples))

    def predict(self, X: Any) -> Any:
        """Answer sequences.

        Args:
            X: as of `fit`.

        Returns:
            An array of answers, or a list of lists where each sequence has several; with `every_step` a list of the
            answers of each sequence.
        """
        found = self._scores(X)
        answers = self._answers()
        return [answers.decode(one) for one in found] if answers.every_step else answers.decode(np.stack(found))

    def evaluate(self, data: Any, part: str | None = None) -> dict[str, Any]:
        """Score on labelled sequences.

        Args:
            data: as of `fit`, with answers.
            part: of a named data set; None takes "test" where there is one.

        Returns:
            Scores by name, see `recurra.tasks.scores`.
        """
        self._fitted()
        parts = self._resolve(data)
        encoded = self._encode(named.part_to_score(data, parts, part))
        answers = self._answers()
        return scores.full(answers, answers.flat(run(self.network, encoded.inputs)), answers.flat(encoded.answers))

    # --- files -------------------------------------------------------------------------------------------------------

    def _write_parts(self, folder: Path) -> None:
        content = {"answers": asdict(self._answers()), "inputs": self.shape_}
        if self.columns_ is not None:
            content["columns"] = asdict(self.columns_)
        atomic.write_text(folder / "labels.json", json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        if self.tokenizer_ is not None:
            self.tokenizer_.save(folder / "tokenizer.json")

    def _read_parts(self, folder: Path) -> None:
        file = folder / "labels.json"
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            self.answers_, self.shape_ = Answers(**content["answers"]), content["inputs"]
            self.columns_ = TableColumns(**content["columns"]) if "columns" in content else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file}: expected what the answers of a run are, got: {error}") from None
        self._announce()
        if not self.shape_["features"]:
            self.tokenizer_ = Tokenizer.load(folder / "tokenizer.json")


class SequenceClassifier(SequenceEstimator):
    """A classifier of sequences: `fit` it on arrays, lists, texts or files, then `predict`, `predict_proba`, `score`.

    Example:
        >>> classifier = SequenceClassifier(cell="rnn", hidden_size=50).fit(X, y, epochs=200, batch_size=10)
        >>> classifier.predict(X)
    """

    name = "classifier"
    kind = "classifier"
    Config = SequenceClassifierConfig
    class_weight: Any

    def _announce(self) -> None:
        self.classes_ = self._answers().classes

    def _weigh(self, network: Any, train: Examples) -> None:
        answers, weight = self._answers(), self.class_weight
        if weight in (None, "none") or answers.kind != "class":
            return
        from sklearn.utils.class_weight import compute_class_weight

        flat = [one for many in train.known() for one in many] if self.every_step else train.known()
        weights = compute_class_weight(weight, classes=answers.classes, y=np.asarray(flat))
        network.class_weight.copy_(torch.from_numpy(weights))

    def predict_proba(self, X: Any) -> Any:
        """Give the probability of each label, (N, labels) in the order of `classes_`; a list, (T, labels) each, with
        `every_step`.
        """
        found, answers = self._scores(X), self._answers()
        if answers.every_step:
            return [answers.probabilities(one) for one in found]
        return answers.probabilities(np.stack(found))

    def score(self, X: Any, y: Any = None) -> float:
        """Give the share of right answers; with several labels, of examples that have them all right."""
        if y is None:
            return float(self.evaluate(X)["accuracy"])
        return scores.accuracy(self.predict(X), y)


class SequenceRegressor(SequenceEstimator):
    """A regressor of sequences: as `SequenceClassifier`, but its answers are numbers."""

    name = "regressor"
    kind = "regressor"

    def score(self, X: Any, y: Any = None) -> float:
        """Give the coefficient of determination, R2: 1 for numbers met exactly, 0 for always the mean."""
        if y is None:
            return float(self.evaluate(X)["r2"])
        from sklearn.metrics import r2_score

        predicted = self.predict(X)
        if self.every_step:
            predicted, y = np.concatenate(predicted), np.concatenate([np.asarray(one) for one in y])
        return float(r2_score(y, predicted))


def _kind(wanted: str, train: Examples) -> str:
    if wanted != "auto":
        return wanted
    return "char" if np.mean([len(text.split()) for text in train.inputs]) < 2 else "word"


def _set(standardize: Any, known: statistics.Statistics, scales: bool) -> None:
    """Hand over what the features are like."""
    if scales:
        standardize.mean.copy_(torch.from_numpy(known.mean))
        standardize.scale.copy_(torch.from_numpy(known.scale))
    standardize.marks.copy_(torch.from_numpy(np.flatnonzero(known.missing)))


def _fingerprint(examples: Examples | None) -> str:
    """A hash of the examples and their answers; empty where there are none."""
    return "" if examples is None else fingerprint(examples.inputs, examples.known())
