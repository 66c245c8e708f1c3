"""Sentences under a tagger: their words and labels."""

from typing import Any

import numpy as np

from recurra.explain.activations.known import indicators, placed
from recurra.explain.activations.subject import Subject
from recurra.explain.activations.text_properties import text_properties
from recurra.nn.device import device_of
from recurra.tasks.tagging.task import Tagger
from recurra.training.batch import to_device


def subject_of(task: Tagger, data: Any, part: str | None, steps: int) -> Subject:
    """Let a network read sentences, see `language_model.subject_of`; labels as they are learnt."""
    network = task._fitted()
    sentences = task.labelled_sentences(data, part)
    encoded = task.encode(sentences)
    rows, read = list[int](), 0
    for row in range(len(encoded)):
        if rows and read + len(encoded.tokens[row]) > steps:
            break
        if len(encoded.tokens[row]):
            rows.append(row)
            read += len(encoded.tokens[row])
    words = [list(sentences.words[row]) for row in rows]
    properties = placed(list(map(len, words)), "place in the sentence")
    of_texts = [text_properties(sentence) for sentence in words]
    for name in ("inside quotes", "inside brackets", "capital letter", "digit"):
        properties[name] = [of_text[name] for of_text in of_texts]
    for number, (name, column) in enumerate(task.columns_.items()):
        labels = [encoded.labels[row][:, number].astype(np.float64) for row in rows]
        properties |= indicators(labels, [f"{name} {label}" for label in column.labels])
        if column.spans:
            is_outside = np.array([label == "O" for label in column.labels])
            properties[f"{name}: inside a span"] = [~is_outside[of_sentence.astype(int)] for of_sentence in labels]
    inputs, lengths = to_device(encoded.inputs(rows), device_of(network))

    def run() -> None:
        network(inputs, lengths)

    return Subject(network, run, network.recurrence, properties, symbols=words)
