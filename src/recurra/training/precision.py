"""The precision in which a network computes its loss."""

from contextlib import AbstractContextManager, nullcontext

import torch

from recurra.settings.training import TrainingConfig


def of_loss(config: TrainingConfig, device: torch.device) -> AbstractContextManager[object]:
    """Let the block multiply matrices in the precision that the settings say, on a device."""
    if config.precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
