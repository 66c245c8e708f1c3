"""Sentences under a translator: each word of the translation, as a function of those of the source."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.explain.attribution.layer_input import replaced, taken
from recurra.explain.attribution.result import SequenceAttribution
from recurra.explain.attribution.subject import Settings, Subject, explained
from recurra.tasks.translation.data import EncodedPairs, batch_of
from recurra.tasks.translation.network import TranslationBatch, TranslationNetwork
from recurra.tasks.translation.task import Translator

_END = "(end)"


def attribution_of(translator: Translator, text: str, settings: Settings) -> SequenceAttribution:
    """Explain the translation that is found for a text, word by word; with where the decoder looked.

    Raises:
        DataError: there is no text to translate.
    """
    if not isinstance(text, str) or not text.strip():
        raise DataError("text: expected one to translate, got none")
    network = translator._fitted()
    translation = translator.hypotheses([text])[0][0]
    encoded = EncodedPairs(translator.encode([text]), [np.asarray(translation.symbols, np.int64)])
    batch = batch_of(encoded, np.arange(1), translator.ends).to(network.bias.device)
    explanation = explained(_subject(batch, network), settings)
    with torch.no_grad():
        start = network.encode(batch.inputs.source, None)
        _, weights, _ = network.decode(batch.inputs.target, None, start)  # (1, T, S)
    if weights is not None:
        explanation = replace(explanation, attention=weights[0].cpu().double().numpy())
    source, target = translator._learnt(translator.tokenizers_)
    columns = source.words_of(encoded.sources[0].tolist(), translator.normalized(text))
    rows = target.words_of(encoded.targets[0].tolist())
    return _by_words(explanation, text.split(), columns, translator.text_of(translation).split(), rows)


def _by_words(
    explanation: SequenceAttribution, inputs: list[str], columns: list[int], outputs: list[str], rows: list[int]
) -> SequenceAttribution:
    """Sum what is known of symbols, the ends included, into words and the ends.

    Of attention the mean of a word's rows is taken, and white space is left out, as in `Translator.describe`.

    Args:
        explanation: of symbols.
        inputs, outputs: words of both sides.
        columns, rows: which word each symbol is of; -1 for white space, which goes to the word before.
    """
    of_inputs, of_outputs = _membership(columns, len(inputs)), _membership(rows, len(outputs))  # (S, words), (T, words)
    attention = explanation.attention
    if attention is not None:
        named_rows, named_columns = _membership(rows, len(outputs), False), _membership(columns, len(inputs), False)
        attention = named_rows.T @ attention @ named_columns / np.maximum(named_rows.sum(0)[:, None], 1)
    baseline_scores, gaps = explanation.baseline_scores, explanation.gaps
    return replace(
        explanation,
        inputs=[*inputs, _END],
        outputs=[*outputs, _END],
        matrix=of_outputs.T @ explanation.matrix @ of_inputs,
        scores=of_outputs.T @ explanation.scores,
        baseline_scores=None if baseline_scores is None else of_outputs.T @ baseline_scores,
        gaps=None if gaps is None else of_outputs.T @ gaps,
        attention=attention,
    )


def _membership(words: list[int], count: int, with_space: bool = True) -> np.ndarray:
    """Which word each symbol belongs to, and that the end is one of its own: (symbols + 1, words + 1) of 0 and 1.

    Args:
        words: which word each symbol is of; -1 for white space.
        count: words.
        with_space: whether white space belongs to the word before it, so that nothing is lost; else to none.
    """
    table = np.zeros((len(words) + 1, count + 1))
    current = 0
    for symbol, word in enumerate(words):
        current = min(word, count) if word >= 0 else current
        table[symbol, current] = float(word >= 0 or with_space)
    table[-1, -1] = 1
    return table


def _subject(batch: TranslationBatch, network: TranslationNetwork) -> Subject:
    """One pair: S symbols of the source, T outputs, the ends included, by their numbers."""
    source, read, written = batch.inputs.source, batch.inputs.target, batch.targets[0]
    vectors = taken(network.encoder, lambda: network.encode(source, None))[0]  # (S, E)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        with replaced(network.encoder, vectors):
            start = network.encode(source.expand(len(rows), -1), None)
        features, _, _ = network.decode(read.expand(len(rows), -1), None, start)  # (N, T, E)
        at, symbols = features[torch.arange(len(rows), device=rows.device), rows], written[rows]
        return (at * network.output_weight[symbols]).sum(-1) + network.bias[symbols]

    inputs, outputs = ([str(symbol) for symbol in symbols.tolist()] for symbols in (source[0], written))
    return Subject(inputs, outputs, vectors, torch.zeros_like(vectors), score)
