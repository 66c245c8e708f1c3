"""A text under a language model: each symbol that is written, as a function of those before it."""

import numpy as np
import torch
from torch import Tensor

from recurra.errors import DataError
from recurra.explain.attribution.subject import Subject
from recurra.tasks.language_model.task import LanguageModel

LONGEST = 1000  # symbols of a text: the work grows with their square


def subject_of(task: LanguageModel, text: str | np.ndarray) -> Subject:
    """Describe a text, of S symbols, as S outputs: the symbol after each; after the last, the likeliest.

    A model of two directions is explained by its forward direction.

    Args:
        task: the language model.
        text: a text, or its symbols.

    Raises:
        DataError: the text is longer than `LONGEST`, or not as expected.
    """
    network, tokenizer = task._fitted(), task._learnt(task.tokenizer)
    numbers = torch.from_numpy(text).unsqueeze(0) if isinstance(text, np.ndarray) else task.encode(text)  # (1, S)
    symbols = numbers[0].to(network.bias.device)
    if len(symbols) > LONGEST:
        raise DataError(f"text: expected at most {LONGEST:,} symbols, got {len(symbols):,}")
    vectors = network.embedding(symbols).detach()  # (S, E)
    recurrence = network.recurrent[0]

    def hidden(vectors: Tensor) -> Tensor:
        """What the softmax reads, (S, N, F)."""
        h: Tensor = network.projection(recurrence(vectors.transpose(0, 1))[0])
        return h

    with torch.no_grad():
        last = hidden(vectors.unsqueeze(0))[-1]  # (1, F)
        likeliest = (last @ network.output_weight.T + network.bias).argmax(-1)  # (1,)
    targets = torch.cat([symbols[1:], likeliest])  # (S,)

    def score(vectors: Tensor, rows: Tensor) -> Tensor:
        read = hidden(vectors[:, : int(rows.max()) + 1])  # what comes later has no say
        at = read[rows, torch.arange(len(rows), device=rows.device)]  # (N, F)
        written = targets[rows]
        return (at * network.output_weight[written]).sum(-1) + network.bias[written]

    names = [tokenizer.decode([number]) for number in torch.cat([symbols, likeliest]).tolist()]
    return Subject(names[:-1], names[1:], vectors, torch.zeros_like(vectors), score)
