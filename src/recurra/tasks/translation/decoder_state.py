"""What a decoder knows while it writes, and what is left of that when a search drops some of its hypotheses."""

from typing import NamedTuple

from torch import Tensor

from recurra.nn.layout import State


class DecoderState(NamedTuple):
    """What the decoder knows of B sources, and where it stands in N = B K translations, K of each source.

    memory: (B, S, M) states of the encoder. keys: what attention holds queries against. mask: (B, S), which steps are
    no padding. states: of the decoder and of its second layer, if there is one; tensors (L, N, H), or tuples of them.
    input_feed: what the softmax read last, (N, E), with input feeding.
    """

    memory: Tensor
    keys: Tensor
    mask: Tensor
    states: tuple[State, ...]
    input_feed: Tensor | None = None


def reorder_state(state: DecoderState, sources: Tensor, rows: Tensor) -> DecoderState:
    """Leave some sources and translations, see `recurra.nn.beam_search.beam_search`."""
    states = list[State]()
    for of_layer in state.states:
        if isinstance(of_layer, tuple):
            states.append(tuple(part.index_select(1, rows) for part in of_layer))
        else:
            states.append(of_layer.index_select(1, rows))
    input_feed = None if state.input_feed is None else state.input_feed[rows]
    reordered = state._replace(states=tuple(states), input_feed=input_feed)
    if len(sources) == len(state.memory):
        return reordered
    return reordered._replace(memory=state.memory[sources], keys=state.keys[sources], mask=state.mask[sources])
