"""A loss for a model that comes without one: what its last step gives, looked at from a fixed random side."""

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence
from torch.utils._pytree import tree_leaves

from recurra.explain.recorded_calls import LayerCall, RecurrentCall

_SEED = 0

MEANING = "the outputs of the last step, projected on a fixed random vector and summed"


def probe_loss(result: object, calls: list[RecurrentCall]) -> Tensor:
    """Project the outputs of the last real step of each sequence on a fixed random vector, and add up.

    Args:
        result: what the model gave; its first tensor with a gradient is taken. Where it has a step for each of the last
            recurrent layer, the last steps are taken, and else all of it.
        calls: of the model's recurrent layers.

    Raises:
        ValueError: there is no tensor with a gradient.
    """
    call = calls[-1]
    if isinstance(call, LayerCall):
        result = _padded(result, call.batch_first)
    tensors = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor) and leaf.requires_grad]
    if not tensors:
        raise ValueError("model: expected weights that can be learnt, got outputs without a gradient (frozen weights?)")
    outputs = _last_steps(tensors[0], call)
    side = torch.randn(outputs.shape[-1], generator=torch.Generator().manual_seed(_SEED)).to(outputs)
    return (outputs * side).sum()


def _padded(result: object, batch_first: bool) -> object:
    """What a layer gave, with a PackedSequence as a tensor."""
    first = result[0] if isinstance(result, tuple) and not isinstance(result, PackedSequence) else result
    return pad_packed_sequence(first, batch_first)[0] if isinstance(first, PackedSequence) else result


def _last_steps(outputs: Tensor, call: RecurrentCall) -> Tensor:
    """Of a sequence (T, B, F) or (B, T, F) the last real steps, (B, F)."""
    if isinstance(call, LayerCall) and call.form.unbatched and outputs.dim() == 2:
        outputs = outputs.unsqueeze(1)  # (T, 1, F)
    elif call.batch_first and outputs.dim() == 3:
        outputs = outputs.transpose(0, 1)  # (T, B, F)
    if outputs.dim() != 3 or outputs.shape[:2] != (call.steps, call.sequences):
        return outputs
    if call.lengths is None:
        return outputs[-1]
    return outputs[call.lengths - 1, torch.arange(call.sequences, device=outputs.device)]
