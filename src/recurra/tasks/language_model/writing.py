"""Automatic writing: texts side by side, symbol by symbol, each drawn from what the network predicts."""

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any

from torch import Tensor

from recurra.data.files.unicode_text import require_unicode
from recurra.data.text.detokenizer import Detokenizer
from recurra.errors import DataError, require_count
from recurra.nn.counted_draws import CountedDraws
from recurra.tasks.language_model.writer import Filters, Row, Writer


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


def write(
    writer: Writer,
    prompt: Tensor,
    detokenizers: Sequence[Detokenizer],
    length: int | None,
    seed: int | None,
    **filters: Any,
) -> Iterator[list[str]]:
    """Go on from a prompt.

    Args:
        writer: without rows.
        prompt: symbols (1, T).
        detokenizers: of each text what turns its symbols into pieces of text, and knows where it ends.
        length: symbols of a text at most; None goes on without end.
        seed: of what is drawn; None draws anew each time.
        filters: temperature, top_k and top_p, see `recurra.nn.sampling.filter_scores`.

    Yields:
        What each text goes on with; "" while it waits for more, or has ended.
    """
    place, _ = writer.read(prompt)
    rows = [Row(place, CountedDraws.of(seed, number), Filters(**filters)) for number in range(len(detokenizers))]
    for row in rows:
        writer.add(row)
    written = 0
    while written != length and not all(detokenizer.ended for detokenizer in detokenizers):
        yield [each.push(symbol.symbol) for each, symbol in zip(detokenizers, writer.step(), strict=True)]
        written += 1
    yield [detokenizer.close() for detokenizer in detokenizers]
