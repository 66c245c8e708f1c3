"""Which networks can be computed over weights of fewer bits, as of `kernels.reduced_precision`."""

import torch
from torch import nn

from recurra.nn.device import device_of
from recurra.nn.recurrent import Recurrent


def why_not(network: nn.Module) -> str:
    """What keeps a network from it; empty where nothing does.

    It has to be on the processor, and its recurrent layers to take packed steps. What is neither a recurrent nor a
    linear layer stays in float32.
    """
    layers = {name: module for name, module in network.named_modules() if isinstance(module, Recurrent)}
    if not layers:
        return "it has no recurrent layer"
    for name, layer in layers.items():
        if not layer.has_packed_step:
            return f"{name} has layer norm, zoneout, a projection or a cell that the kernels do not know"
    types = {parameter.dtype for parameter in network.parameters() if parameter.is_floating_point()}
    if types != {torch.float32}:
        return f"its parameters are {', '.join(sorted(map(str, types)))}"
    device = device_of(network)
    if device.type != "cpu":
        return f"its weights are on {device}, where fewer bits are not computed with (network.cpu() brings them back)"
    return ""
