"""A translator's memory: how well it writes a symbol where it reads only the last k of what it has written."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from recurra.data import batches
from recurra.explain.memory.outcomes import Outcomes
from recurra.explain.memory.subject import Subject, last_states
from recurra.kernels import linear
from recurra.nn.generators import seeded
from recurra.tasks.translation.data import batch_of
from recurra.tasks.translation.network import TranslationNetwork
from recurra.tasks.translation.task import Translator

_PAIRS = 200  # at most


def subject_of(task: Translator, data: Any, part: str | None, answers: int, rng: np.random.Generator) -> Subject:
    """Let a network write symbols of translations, see `language_model.subject_of`; the source is read as a whole."""
    network = task._fitted()
    module = task.data_module(data, part)
    rows = np.sort(rng.permutation(len(module.train))[:_PAIRS])
    batch = batch_of(module.train, rows, module.ends).to(network.bias.device)
    lengths = batch.lengths.tolist()
    places = [(pair, step) for pair, length in enumerate(lengths) for step in range(length)]
    places = [places[i] for i in np.sort(rng.permutation(len(places))[:answers])]
    histories = np.asarray([step + 1 for _, step in places])

    @torch.no_grad()
    def losses(chosen: np.ndarray, steps: int | None) -> np.ndarray:
        found = np.empty(len(chosen))
        asked = [places[i] for i in chosen]
        lasts = [step + 1 if steps is None else min(steps, step + 1) for _, step in asked]
        for some in batches.longest_first(lasts, 1 << 13):
            pairs = torch.tensor([asked[i][0] for i in some])
            width = max(lasts[i] for i in some)
            read = torch.stack(
                [
                    F.pad(batch.inputs.target[pair, step + 1 - last : step + 1], (0, width - last))
                    for (pair, step), last in ((asked[i], lasts[i]) for i in some)
                ]
            )  # (M, k)
            source_lengths = batch.inputs.source_lengths
            start = network.encode(
                batch.inputs.source[pairs], None if source_lengths is None else source_lengths[pairs]
            )
            features, _, _ = network.decode(read, None, start)  # (M, k, E)
            at = features[torch.arange(len(some)), torch.tensor([lasts[i] - 1 for i in some])]
            logits = linear(at, network.output_weight, network.bias)
            targets = batch.targets[pairs, torch.tensor([asked[i][1] for i in some])]
            found[some] = F.cross_entropy(logits, targets, reduction="none").double().cpu().numpy()
        return found

    outcomes = Outcomes(histories, losses(np.arange(len(places)), None), losses, "nats a symbol")
    read = [symbols[:length].cpu().numpy() for symbols, length in zip(batch.inputs.target, lengths, strict=True)]

    def states(of: TranslationNetwork) -> list[np.ndarray]:
        of_all = last_states(of, lambda: of(batch.inputs, batch.lengths), of.decoder)
        return [part[:length] for part, length in zip(of_all, lengths, strict=True)]

    def untrained() -> TranslationNetwork:
        with seeded(task.config.seed):
            return task._build().to(network.bias.device).eval()

    return Subject(network, outcomes, read, states, untrained, "symbol")  # type: ignore[arg-type]
