"""Sentences under a translator's encoder, and what can be said of their symbols."""

from typing import Any

import numpy as np

from recurra.explain.activations.known import placed
from recurra.explain.activations.subject import Subject
from recurra.explain.activations.text_properties import text_properties
from recurra.tasks.translation.data import pad_with_end
from recurra.tasks.translation.task import Translator

_END = "⏹"


def subject_of(task: Translator, data: Any, part: str | None, steps: int) -> Subject:
    """Let the encoder read sources, see `language_model.subject_of`; each ends with the end."""
    network, (tokenizer, _) = task._fitted(), task._learnt(task.tokenizers_)
    pairs = task.pairs(data, part)
    encoded, read = list[np.ndarray](), 0
    for numbers in task.encode(pairs.sources):
        if encoded and read + len(numbers) + 1 > steps:
            break
        encoded.append(numbers)
        read += len(numbers) + 1
    symbols = [[tokenizer.decode([number]) for number in numbers.tolist()] + [_END] for numbers in encoded]
    of_texts = [text_properties(sentence) for sentence in symbols]
    properties = placed(list(map(len, symbols)), "place in the sentence")
    for name in ("inside quotes", "inside brackets", "capital letter", "digit"):
        properties[name] = [of_text[name] for of_text in of_texts]
    properties["end of the sentence"] = [np.array([symbol == _END for symbol in sentence]) for sentence in symbols]
    source, lengths = (part.to(network.bias.device) for part in pad_with_end(encoded, task.ends[0]))

    def run() -> None:
        network.encode(source, lengths)

    return Subject(network, run, network.encoder, properties, symbols=symbols)
