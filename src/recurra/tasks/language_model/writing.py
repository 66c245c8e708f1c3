"""Automatic writing: texts side by side, symbol by symbol, each drawn from what the network predicts."""

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from recurra.data.files.unicode_text import require_unicode
from recurra.data.text.detokenizer import Detokenizer
from recurra.errors import DataError, require_count
from recurra.kernels import linear
from recurra.nn.sampling import sample_stream
from recurra.tasks.language_model.network import LanguageNetwork
from recurra.training.validation import evaluating


def require_writable(prompt: Any, length: Any, samples: Any, stop: Any, seed: Any, filters: dict[str, Any]) -> None:
    """Refuse what no text can be written with; arguments as of `LanguageModel.stream`.

    Raises:
        DataError: names the argument.
    """
    for name, text in (("prompt", prompt), ("stop", stop or "")):
        if not isinstance(text, str):
            raise DataError(f"{name}: expected a text, got {type(text).__name__}")
        require_unicode(name, text)
    require_count("samples", samples)
    if length is not None:
        require_count("length", length, least=0)
    if seed is not None:
        require_count("seed", seed, least=0, most=2**32 - 1)
    require_count("top_k", filters.get("top_k", 0), least=0)
    for name, least, most in (("temperature", 1e-6, 1e6), ("top_p", 1e-9, 1.0)):
        value = filters.get(name, 1.0)
        if isinstance(value, bool) or not (isinstance(value, Real) and least <= float(value) <= most):
            raise DataError(f"{name}: expected a number from {least:g} to {most:g}, got {value!r}")


@torch.inference_mode()
def write(
    network: LanguageNetwork,
    prompts: Tensor,
    detokenizers: Sequence[Detokenizer],
    unknown: int | None,
    length: int | None,
    seed: int | None,
    **filters: Any,
) -> Iterator[list[str]]:
    """Go on from prompts.

    Args:
        network: that predicts forward.
        prompts: symbols (B, T).
        detokenizers: of each text what turns its symbols into pieces of text, and knows where it ends.
        unknown: the symbol that is never written, if there is one.
        length: symbols of a text at most; None goes on without end.
        seed: of what is drawn; None draws anew each time.
        filters: temperature, top_k and top_p, see `recurra.nn.sampling.filter_scores`.

    Yields:
        What each text goes on with; "" while it waits for more, or has ended.
    """
    generator = torch.Generator(network.bias.device)
    generator.manual_seed(int(seed)) if seed is not None else generator.seed()
    with evaluating(network):
        h, state = network.hidden(prompts, None)  # (T, B, H)
    weights = network.pack()
    forbidden = torch.zeros_like(network.bias)  # (V,)
    if unknown is not None:
        forbidden[unknown] = -torch.inf

    def step(symbols: Tensor, state: Any) -> tuple[Tensor, Any]:
        scores, state = network.step(symbols, state, weights)
        return scores + forbidden, state

    first = linear(h[-1], network.output_weight, network.bias) + forbidden  # (B, V)
    for count, symbols in enumerate(sample_stream(step, first, state, generator, **filters)):
        if count == length or all(detokenizer.ended for detokenizer in detokenizers):
            break
        yield [each.push(symbol) for each, symbol in zip(detokenizers, symbols.tolist(), strict=True)]
    yield [detokenizer.close() for detokenizer in detokenizers]
