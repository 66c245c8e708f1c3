"""Sentences under a translator: each symbol of the translation, as a function of those of the source."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.explain.attribution.layer_input import replaced, taken
from recurra.explain.attribution.result import SequenceAttribution
from recurra.explain.attribution.subject import Settings, Subject, explained
from recurra.tasks.translation.data import EncodedPairs, batch_of
from recurra.tasks.translation.network import TranslationBatch
from recurra.tasks.translation.task import Translator

_END = "(end)"


def attribution_of(translator: Translator, text: str, settings: Settings) -> SequenceAttribution:
    """Explain the translation that is found for a text, symbol by symbol; with where the decoder looked.

    Raises:
        DataError: there is no text to translate.
    """
    if not isinstance(text, str) or not text.strip():
        raise DataError("text: expected one to translate, got none")
    network = translator._fitted()
    translation = translator._search(network, [text], translator._beam_size(None))[0][0]
    encoded = EncodedPairs(translator._numbers([text], 0), [np.asarray(translation.symbols, np.int64)])
    batch = batch_of(encoded, np.arange(1), translator._ends()).to(network.bias.device)
    explanation = explained(_subject(translator, batch), settings)
    with torch.no_grad():
        start = network.encode(batch.inputs.source, None)
        _, weights, _ = network.decode(batch.inputs.target, None, start)  # (1, T, S)
    return explanation if weights is None else replace(explanation, attention=weights[0].cpu().double().numpy())


def _subject(translator: Translator, batch: TranslationBatch) -> Subject:
    """One pair: S symbols of the source, T outputs, the ends included."""
    network = translator._fitted()
    source, read, written = batch.inputs.source, batch.inputs.target, batch.targets[0]
    vectors = taken(network.encoder, lambda: network.encode(source, None))[0]  # (S, E)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        with replaced(network.encoder, vectors):
            start = network.encode(source.expand(len(rows), -1), None)
        features, _, _ = network.decode(read.expand(len(rows), -1), None, start)  # (N, T, E)
        at, symbols = features[torch.arange(len(rows), device=rows.device), rows], written[rows]
        return (at * network.output_weight[symbols]).sum(-1) + network.bias[symbols]

    sides = zip(translator._learnt(translator.tokenizers_), (source[0], written), strict=True)
    inputs, outputs = ([tokenizer.decode([n]) for n in symbols[:-1].tolist()] + [_END] for tokenizer, symbols in sides)
    return Subject(inputs, outputs, vectors, torch.zeros_like(vectors), score)
