"""Sentences under a tagger: the label of each word, as a function of all words; and the likeliest labels of a CRF."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from recurra.errors import DataError, quote
from recurra.explain.attribution.label_paths import LabelPaths, label_paths
from recurra.explain.attribution.layer_input import replaced, taken
from recurra.explain.attribution.result import SequenceAttribution
from recurra.explain.attribution.subject import Settings, Subject, explained
from recurra.nn import CRF
from recurra.nn.device import device_of
from recurra.tasks.tagging import encoding as tagging_data
from recurra.tasks.tagging import label_probabilities
from recurra.tasks.tagging.label_probabilities import Scores
from recurra.tasks.tagging.network import TaggerInputs
from recurra.tasks.tagging.task import Tagger
from recurra.training.batch import to_device


def attributions(
    tagger: Tagger, sentences: Any, target: Any, settings: Settings, paths: int
) -> list[SequenceAttribution]:
    """Explain the labels of sentences.

    Args:
        tagger: whose labels.
        sentences: as of `tag`.
        target: the column to explain; None takes the first.
        settings: how.
        paths: sequences of labels of the CRF to find for each column.

    Raises:
        DataError: a sentence has no words, or there is no such column.
    """
    columns = list(tagger.columns_)
    if target is not None and target not in columns:
        raise DataError(f"target: expected one of the columns {', '.join(columns)}, got {quote(target)}")
    words, _ = tagger.words(sentences)
    explanations = []
    for number, of_sentence in enumerate(words, 1):
        if not of_sentence:
            raise DataError(f"sentence {number}: expected words, got none")
        inputs = _inputs_of(tagger, of_sentence)
        column = 0 if target is None else columns.index(target)
        explanation = explained(_subject(tagger, of_sentence, inputs, column), settings)
        explanations.append(replace(explanation, label_paths=_paths(tagger, of_sentence, inputs, paths)))
    return explanations


def _inputs_of(tagger: Tagger, words: list[str]) -> TaggerInputs:
    encoded = tagging_data.encode_words([words], tagger._learnt(tagger.lexicon_))
    if tagger.states_:
        encoded.states = tagger.states_.of([words])
    inputs, _ = to_device(encoded.inputs([0]), device_of(tagger._fitted()))
    return inputs


def _subject(tagger: Tagger, words: list[str], inputs: TaggerInputs, column: int) -> Subject:
    """The labels of one column: of each word the score of its label before the CRF."""
    network = tagger._fitted()
    names = list(tagger.columns_.values())[column].labels
    vectors = taken(network.recurrence, lambda: network(inputs))[0]  # (T, I)
    with torch.no_grad():
        emissions = network(inputs)[0][column]  # (1, T, K)
    lengths = torch.tensor([len(words)], device=emissions.device)
    (labels,) = label_probabilities.decode(Scores(network.crfs[column], emissions, lengths))
    chosen = torch.tensor(labels, device=emissions.device)  # (T,)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        context = None if inputs.context is None else inputs.context.expand(len(rows), -1, -1)
        repeated = inputs._replace(tokens=inputs.tokens.expand(len(rows), -1), context=context)
        with replaced(network.recurrence, vectors):
            emissions = network(repeated)[0][column]  # (N, T, K)
        scores: Tensor = emissions[torch.arange(len(rows), device=rows.device), rows, chosen[rows]]
        return scores

    outputs = [names[label] for label in labels]
    return Subject(words, outputs, vectors, torch.zeros_like(vectors), score)


@torch.no_grad()
def _paths(tagger: Tagger, words: list[str], inputs: TaggerInputs, count: int) -> list[LabelPaths]:
    """The likeliest labels of each column that has a CRF."""
    network = tagger._fitted()
    by_column = []
    for crf, emissions, (name, column) in zip(network.crfs, network(inputs)[0], tagger.columns_.items(), strict=True):
        if isinstance(crf, CRF):
            by_column.append(label_paths(crf, emissions[0], words, column.labels, name, count))
    return by_column
