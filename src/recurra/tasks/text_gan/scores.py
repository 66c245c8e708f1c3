"""How a generator of text is scored while it learns: what is held out, and what it makes."""

import math
from contextlib import ExitStack

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.drawing import lengths_of
from recurra.tasks.text_gan.line_model import Allowed, LineModel
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.training.adversarial_health import ranking_accuracy
from recurra.training.validation import Validation, evaluating

MONITOR = "valid_error"  # the score that chooses the weights
_MADE = 1000  # lines that are drawn for a score
_AT_ONCE = 256  # lines scored together


@torch.inference_mode()
def nats_per_symbol(model: LineModel, lines: EncodedLines, temperature: float = 1.0) -> float:
    """Give the mean of -log p of a symbol of lines (NLL_test, which some call NLL_gen), as drawn at a temperature."""
    total, count, device = 0.0, 0, model.generator.bias.device
    with ExitStack() as modes:
        modes.enter_context(evaluating(model.generator))
        if model.discriminator is not None:
            modes.enter_context(evaluating(model.discriminator))
        logarithms = model.log_normalizers(torch.from_numpy(lines.beginnings).to(device), temperature)
        for batch in lines.batches(_AT_ONCE):
            batch = batch.to(device)
            total += float(model.generator.nats(batch.inputs, batch.targets, batch.lengths, temperature))
            total -= float(model.scores(batch.beginnings, batch.targets, batch.lengths).sum())
            total += math.fsum(logarithms[beginning] for beginning in batch.beginnings.tolist())
            count += batch.size
    return total / count


def drawn_lines(
    model: LineModel, beginnings: np.ndarray, seed: int, temperature: float = 1.0, allowed: Allowed | None = None
) -> EncodedLines:
    """Draw lines of some beginnings, (N,), by a seed."""
    device = model.generator.bias.device
    random = torch.Generator(device).manual_seed(seed)
    symbols = model.draw(torch.from_numpy(beginnings).to(device), random, temperature, allowed=allowed).cpu()
    lengths = lengths_of(symbols, model.end).tolist()
    rows = [row[:length] for row, length in zip(symbols.numpy(), lengths, strict=True)]
    return EncodedLines(rows, beginnings, None)


def validation(held_out: EncodedLines, steps: int, seed: int) -> Validation:
    """Make what scores a network: before the game by likelihood alone.

    In the game, by what the method seeks: where a discriminator chooses among lines, by its loss on held-out lines and
    on made ones; else by the sum of how unlikely held-out lines are and how unlikely made ones are, so that neither few
    good lines nor many bad ones win (Lu et al., 2019).

    Args:
        held_out: lines that are not learnt from.
        steps: of a line to draw.
        seed: of what is drawn, the same each time.
    """
    rows = np.random.default_rng(seed).integers(len(held_out), size=_MADE)

    def score(network: TextGANNetwork) -> dict[str, float]:
        model = network.line_model(steps)
        error = nats_per_symbol(model, held_out)
        scores = {"valid_nats_per_symbol": error}
        if not network.has_begun_game and held_out.oracle is None:
            return {MONITOR: error} | scores
        made = drawn_lines(model, held_out.beginnings[rows], seed, allowed=network.allowed)
        name = "valid_oracle_nats_of_made" if held_out.oracle is not None else "valid_model_nats_of_made"
        scores[name] = nats_of_made(network, made, held_out, steps)
        if not network.has_begun_game:
            return {MONITOR: error} | scores
        if network.config.method != "resampling":
            return {MONITOR: error + scores[name]} | scores
        drawn = drawn_lines(network.likelihood_model(steps), held_out.beginnings[rows], seed, allowed=network.allowed)
        of_discriminator = discriminator_scores(network, held_out, drawn)
        return {MONITOR: of_discriminator["valid_discriminator_loss"]} | scores | of_discriminator

    return Validation(MONITOR, score)


def nats_of_made(network: TextGANNetwork, made: EncodedLines, held_out: EncodedLines, steps: int) -> float:
    """Give the mean of -log p of a made symbol: under the oracle, or where there is none, the likelihood model."""
    if held_out.oracle is not None:
        return float(held_out.oracle.nats(np.stack(made.symbols)).mean())
    return nats_per_symbol(network.likelihood_model(steps), made)


@torch.inference_mode()
def discriminator_scores(network: TextGANNetwork, held_out: EncodedLines, made: EncodedLines) -> dict[str, float]:
    """Score a discriminator by held-out lines and by made ones: its logistic loss, and how well it ranks them.

    As in learning, held-out lines with symbols that no made line has are left out.
    """
    device = network.generator.bias.device
    parts = list[Tensor]()
    with evaluating(network.discriminator):
        for lines in (held_out, made):
            batches = [network.writable(batch.to(device)) for batch in lines.batches(_AT_ONCE)]
            of_batches = [network.discriminator(batch.beginnings, batch.targets, batch.lengths) for batch in batches]
            parts.append(torch.cat(of_batches))
    of_held_out, of_made = parts
    loss = F.softplus(-of_held_out).mean() + F.softplus(of_made).mean()
    accuracy = ranking_accuracy(of_held_out, of_made)
    return {"valid_discriminator_loss": float(loss), "valid_discriminator_accuracy": float(accuracy)}
