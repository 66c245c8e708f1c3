"""Classification and regression of sequences: a label, several, or a number, at the end or at every step.

What both share: `recurra.tasks.classification.estimator`.
"""

from typing import Any

import numpy as np
import torch

from recurra.errors import DataError
from recurra.metrics import answers as scores
from recurra.tasks.classification import class_weights, description, examples
from recurra.tasks.classification.config import SequenceClassifierConfig, SequenceConfig
from recurra.tasks.classification.data import EncodedExamples
from recurra.tasks.classification.estimator import SequenceEstimator
from recurra.tasks.classification.network import SequenceNetwork

__all__ = ["SequenceClassifier", "SequenceEstimator", "SequenceRegressor"]


class SequenceClassifier(SequenceEstimator[SequenceClassifierConfig]):
    """A classifier of sequences: `fit` it on arrays, lists, texts or files, then `predict`, `predict_proba`, `score`.

    Example:
        >>> classifier = SequenceClassifier(cell="rnn", hidden_size=50).fit(X, y, epochs=200, batch_size=10)
        >>> classifier.predict(X)
    """

    name = "classifier"
    kind = "classifier"
    Config = SequenceClassifierConfig

    def _set_fitted_attributes(self) -> None:
        self.classes_ = self._learnt(self.answers_).classes

    def _set_class_weights(self, network: SequenceNetwork, train: EncodedExamples) -> None:
        setting = self.config.class_weight
        if setting is not None and setting != "none":
            weights = class_weights.weigh(setting, self._learnt(self.answers_), train.answers, train.weights)
            network.class_weight.copy_(torch.from_numpy(weights))

    def predict_proba(self, X: Any) -> Any:
        """Give the probability of each label, (N, labels) in the order of `classes_`; a list, (T, labels) each, with
        `per_step`.
        """
        return self._probabilities(self._scores(X))

    def _probabilities(self, scored: list[np.ndarray]) -> Any:
        answers = self._learnt(self.answers_)
        if answers.per_step:
            return [answers.probabilities(steps) for steps in scored]
        return answers.probabilities(np.stack(scored))

    def _describe(self, scored: list[np.ndarray]) -> list[dict[str, Any]]:
        return description.records(self._learnt(self.answers_), self._decode(scored), self._probabilities(scored))

    def assess(
        self, data: Any, y: Any = None, part: str | None = None
    ) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
        """Give the scores of `evaluate`, and of each answer how sure it is and whether it is correct, (N,) each.

        `recurra.figures.calibration` draws these.

        Raises:
            DataError: several labels were learnt at once, which are not one answer each.
        """
        assessed = self._outputs_and_truth(data, y, part)
        if assessed[0].kind != "class":
            raise DataError("calibration: expected a classifier of one class each, got one of several labels at once")
        return scores.full(*assessed), *scores.confidence(*assessed)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Give the share of right answers; with several labels, of examples that have them all right.

        A label that was not learnt counts as answered wrongly.
        """
        if y is None and sample_weight is None:
            return float(self.evaluate(X)["accuracy"])
        return scores.accuracy(
            self._learnt(self.answers_), self._scores(X), examples.answers_of(self, y), sample_weight
        )


class SequenceRegressor(SequenceEstimator[SequenceConfig]):
    """A regressor of sequences: as `SequenceClassifier`, but its answers are numbers."""

    name = "regressor"
    kind = "regressor"

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Give the coefficient of determination, R2: 1 for numbers met exactly, 0 for always the mean."""
        if y is None and sample_weight is None:
            return float(self.evaluate(X)["r2"])
        return scores.r2(self._learnt(self.answers_), self._scores(X), examples.answers_of(self, y), sample_weight)
