"""True labels beside predicted ones: what they score, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from recurra.data.sentences.sentences import Sentences
from recurra.metrics import spans
from recurra.tasks.tagging.label_scheme import LabelColumn


@dataclass(frozen=True)
class Comparison:
    """The labels of some sentences, true and predicted, in the scheme of the training data.

    Attributes:
        sentences: that are labelled.
        columns: of labels, by name.
        labels: by column the true and the predicted labels of each sentence.
    """

    sentences: Sentences
    columns: Mapping[str, LabelColumn]
    labels: Mapping[str, tuple[list[list[str]], list[list[str]]]]

    @classmethod
    def of(
        cls, sentences: Sentences, columns: Mapping[str, LabelColumn], predicted: Mapping[str, list[list[str]]]
    ) -> Self:
        """Compare the labels of sentences with those that a network gives.

        Args:
            sentences: with true labels in every column.
            columns: as they were learnt.
            predicted: by column the labels of each sentence, as they are learnt.
        """
        labels = {}
        for name, column in columns.items():
            in_data_scheme = [column.to_data_scheme(of_sentence) for of_sentence in predicted[name]]
            labels[name] = column.gold_in_data_scheme(sentences.labels[name]), in_data_scheme
        return cls(sentences, columns, labels)

    def scores(self) -> dict[str, dict[str, Any]]:
        """The scores of each column; see `recurra.metrics.spans.score`."""
        return {name: spans.score(*pair, self.columns[name].scheme) for name, pair in self.labels.items()}

    def main_scores(self) -> dict[str, float]:
        """The score that counts of each column, F1 of spans, else accuracy: by its name, or by the column's and its."""
        scores = self.scores()
        kinds = {name: "f1" if column.spans else "accuracy" for name, column in self.columns.items()}
        return {
            kind if len(kinds) == 1 else f"{name}_{kind}": float(scores[name][kind]) for name, kind in kinds.items()
        }

    def errors(self) -> list[dict[str, Any]]:
        """Where labels are wrong: as `recurra.metrics.spans.errors`, with the "column"."""
        errors = []
        for name, (true, predicted) in self.labels.items():
            for error in spans.errors(self.sentences, true, predicted, self.columns[name].scheme):
                errors.append({"column": name} | error)
        return errors
