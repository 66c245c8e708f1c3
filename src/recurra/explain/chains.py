"""Calls of one layer that go on from each other, as where a decoder calls its layer once a step: one sequence."""

import torch
from torch import Tensor

from recurra.explain.recorded_calls import LayerCall, RecurrentCall
from recurra.nn.layout import Batch


def chains(calls: list[RecurrentCall]) -> list[list[RecurrentCall]]:
    """Put calls together that go on from each other, each chain where its first call stands.

    A call goes on from the last of its layer where its states before the first step are what that one gave in the end.
    """
    grouped = list[list[RecurrentCall]]()
    for call in calls:
        chain = next((chain for chain in reversed(grouped) if chain[0].module is call.module), None)
        if chain is not None and _goes_on(chain[-1], call):
            chain.append(call)
        else:
            grouped.append([call])
    return grouped


def _goes_on(before: RecurrentCall, call: RecurrentCall) -> bool:
    if not isinstance(before, LayerCall) or not isinstance(call, LayerCall):
        return False
    if call.directions > 1 or call.lengths is not None or before.lengths is not None:
        return False
    pairs = list(zip(before.final, call.initial, strict=False))
    return bool(pairs) and all(_is_same(a, b) for a, b in pairs)


def _is_same(a: Tensor, b: Tensor) -> bool:
    return a.data_ptr() == b.data_ptr() and a.shape == b.shape


def joined(chain: list[LayerCall]) -> LayerCall:
    """One call over all steps of a chain, without gradients: those of its states also come from between the calls."""
    first = chain[0]
    inputs = torch.cat([call.batch.embedded().padded().x for call in chain])  # (T, B, I)
    outputs = torch.cat([call.output for call in chain])
    return LayerCall(
        first.name,
        first.module,
        first.stack,
        Batch(inputs),
        first.form,
        lengths=None,
        initial=first.initial,
        output=outputs,
        final=chain[-1].final,
        final_grads=[None] * len(first.final_grads),
    )
