"""How a generator of text is scored while it learns: what is held out, and what it makes."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.drawing import draw, lengths_of
from recurra.tasks.text_gan.generator import TextGenerator
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.training.validation import Validation, evaluating

Allowed = Callable[[Tensor], Tensor]
"""Changes the scores of the next symbols, (B, V), to those of what may be written."""
MONITOR = "valid_error"  # the score that chooses the weights
_MADE = 1000  # lines that are drawn for a score
_AT_ONCE = 256  # lines scored together


@torch.inference_mode()
def nats_per_symbol(generator: TextGenerator, lines: EncodedLines, temperature: float = 1.0) -> float:
    """Give the mean of -log p of a symbol of lines (NLL_test, which some call NLL_gen), as drawn at a temperature."""
    total, count, device = 0.0, 0, generator.bias.device
    with evaluating(generator):
        for batch in lines.batches(_AT_ONCE):
            batch = batch.to(device)
            total += float(generator.nats(batch.inputs, batch.targets, batch.lengths, temperature))
            count += batch.size
    return total / count


def drawn_lines(
    generator: TextGenerator,
    beginnings: np.ndarray,
    steps: int,
    end: int | None,
    seed: int,
    temperature: float = 1.0,
    allowed: Allowed | None = None,
) -> EncodedLines:
    """Draw lines of some beginnings, (N,), by a seed."""
    device = generator.bias.device
    random = torch.Generator(device).manual_seed(seed)
    begins = torch.from_numpy(beginnings).to(device)
    symbols = draw(generator, begins, steps, random, temperature, allowed=allowed, end=end).cpu()
    lengths = lengths_of(symbols, end).tolist()
    rows = [row[:length] for row, length in zip(symbols.numpy(), lengths, strict=True)]
    return EncodedLines(rows, beginnings, None)


def nats_of_made(network: TextGANNetwork, made: EncodedLines, held_out: EncodedLines) -> float:
    """Give the mean of -log p of a made symbol: under the oracle, or where there is none, the likelihood model."""
    if held_out.oracle is not None:
        return float(held_out.oracle.nats(np.stack(made.symbols)).mean())
    return nats_per_symbol(network.likelihood, made)


def validation(held_out: EncodedLines, steps: int, seed: int) -> Validation:
    """Make what scores a network: before the game by likelihood alone.

    In the game the error adds how unlikely made lines are to how unlikely held-out ones are, so that neither few good
    lines nor many bad ones win (Lu et al., 2019).

    Args:
        held_out: lines that are not learnt from.
        steps: of a line to draw.
        seed: of what is drawn, the same each time.
    """
    rows = np.random.default_rng(seed).integers(len(held_out), size=_MADE)

    def score(network: TextGANNetwork) -> dict[str, float]:
        error = nats_per_symbol(network.generator, held_out)
        scores = {"valid_nats_per_symbol": error}
        if network.has_begun_game or held_out.oracle is not None:
            made = drawn_lines(network.generator, held_out.beginnings[rows], steps, network.end, seed)
            name = "valid_oracle_nats_of_made" if held_out.oracle is not None else "valid_model_nats_of_made"
            scores[name] = nats_of_made(network, made, held_out)
            error += scores[name] if network.has_begun_game else 0.0
        return {MONITOR: error} | scores

    return Validation(MONITOR, score)
