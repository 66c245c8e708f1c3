"""Lines drawn from a generator, side by side, on the packed step."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._pytree import tree_map_only

from recurra.interruption import require_wanted
from recurra.nn.layout import State
from recurra.nn.step_mask import step_mask
from recurra.tasks.text_gan.generator import TextGenerator

_AT_ONCE = 500  # lines


def lengths_of(symbols: Tensor, end: int | None) -> Tensor:
    """Steps of each line up to its end, this included, (B,); all of them where there is none.

    Args:
        symbols: (B, T).
        end: the symbol that ends a line; None where lines do not end.
    """
    steps = symbols.shape[1]
    if end is None:
        return torch.full((len(symbols),), steps, device=symbols.device)
    is_end = symbols == end
    first = is_end.int().argmax(1) + 1
    return torch.where(is_end.any(1), first, steps)


def has_any(lines: Tensor, lengths: Tensor, symbols: Sequence[int]) -> Tensor:
    """Tell which lines (B, T), of these lengths (B,), have any of some symbols, (B,)."""
    within = step_mask(lengths, lines.shape[1])
    return (torch.isin(lines, torch.tensor(symbols, dtype=lines.dtype, device=lines.device)) & within).any(1)


def draw_symbols(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw a symbol for each row of scores (B, V) from their softmax, by one random number each: (B,)."""
    cumulative = (logits - logits.amax(-1, keepdim=True)).exp_().cumsum(-1)
    drawn = torch.rand(len(logits), 1, generator=generator, device=logits.device) * cumulative[:, -1:]
    return torch.searchsorted(cumulative, drawn, right=True).squeeze(1).clamp_(max=logits.shape[1] - 1)


@torch.no_grad()
def draw(
    network: TextGenerator,
    beginnings: Tensor,
    steps: int,
    generator: torch.Generator | None,
    temperature: float = 1.0,
    prefixes: Tensor | None = None,
    allowed: Callable[[Tensor], Tensor] | None = None,
    end: int | None = None,
) -> Tensor:
    """Draw lines.

    Args:
        network: that says what comes next.
        beginnings: the symbol that each begins with, which is not in the result, (N,).
        steps: of each line.
        generator: of the random numbers, on the device of the network; None takes torch's.
        temperature: scores are divided by it.
        prefixes: symbols that the lines go on from, (N, P), -1 where one has no more; they are in the result.
        allowed: changes the scores of the next symbols, (B, V), before one is drawn.
        end: the symbol that ends a line; drawing ends when all lines have.

    Returns:
        Symbols (N, T) of the longest line that was drawn, T at most `steps`; what comes after the end of a line means
        nothing.
    """
    weights = network.recurrent.pack()
    parts = []
    for start in range(0, len(beginnings), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        prefix = None if prefixes is None else prefixes[rows]
        parts.append(_write(network, weights, beginnings[rows], steps, generator, temperature, prefix, allowed, end))
    longest = max(part.shape[1] for part in parts)
    return torch.cat([F.pad(part, (0, longest - part.shape[1]), value=end or 0) for part in parts])


def _write(
    network: TextGenerator,
    weights: Any,
    symbols: Tensor,
    steps: int,
    generator: torch.Generator | None,
    temperature: float,
    prefixes: Tensor | None,
    allowed: Callable[[Tensor], Tensor] | None,
    end: int | None,
) -> Tensor:
    """Draw lines side by side, (B, T), from what each begins with; arguments and result as of `draw`.

    Lines that have ended are not drawn any further: scores of many symbols are what takes the time.
    """
    state: State | None = None
    count = len(symbols)
    unfinished = torch.arange(count, device=symbols.device)
    columns = list[Tensor]()
    for step in range(steps):
        require_wanted()
        logits, state = network.step(F.embedding(symbols, network.embedding), state, weights)
        if allowed is not None:
            logits = allowed(logits)
        symbols = draw_symbols(logits / temperature, generator)
        if prefixes is not None and step < prefixes.shape[1]:
            prefix = prefixes[unfinished, step]
            symbols = torch.where(prefix >= 0, prefix, symbols)
        columns.append(symbols.new_full((count,), end or 0).index_copy_(0, unfinished, symbols))
        if end is None:
            continue
        goes_on = (symbols != end).nonzero().squeeze(1)
        if not len(goes_on):
            break
        if len(goes_on) < len(symbols):
            unfinished, symbols = unfinished[goes_on], symbols[goes_on]
            state = _rows(state, goes_on)
    return torch.stack(columns, 1)


def _rows(state: State, rows: Tensor) -> State:
    """Give the state of some sequences of a batch; each part is (L, B, ...)."""
    selected: State = tree_map_only(Tensor, lambda part: part.index_select(1, rows), state)
    return selected
