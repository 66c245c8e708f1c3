"""A text under a language model, and what can be said of its symbols."""

from typing import Any

import numpy as np
import torch

from recurra.explain.activations.subject import Subject
from recurra.explain.activations.text_properties import text_properties
from recurra.tasks.language_model.task import LanguageModel


def subject_of(task: LanguageModel, data: Any, part: str | None, steps: int) -> Subject:
    """Let the forward direction of a model read the beginning of a text.

    Args:
        task: the language model.
        data, part: as of its `evaluate`.
        steps: symbols to read, at most.
    """
    network, tokenizer = task._fitted(), task._learnt(task.tokenizer)
    corpus, _ = task.corpus(data, part)
    numbers = torch.from_numpy(np.asarray(corpus.numbers()[:steps], np.int64)).to(network.bias.device)
    symbols = [tokenizer.decode([number]) for number in numbers.tolist()]
    properties = {name: [values] for name, values in text_properties(symbols).items()}

    def run() -> None:
        network.hidden(numbers.unsqueeze(0), None)

    gap = 1 if tokenizer.kind == "word" else 0
    return Subject(network, run, network.recurrent[0], properties, symbols=[symbols], gap=gap)
