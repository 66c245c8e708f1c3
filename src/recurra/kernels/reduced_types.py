"""The types of weights of fewer bits, and their names in settings."""

import torch

REDUCED_TYPES: dict[str, torch.dtype] = {"bf16": torch.bfloat16, "int8": torch.int8}
"""By the name in settings and in csrc."""


def precision_name(dtype: torch.dtype) -> str:
    """The name of such a type.

    Raises:
        ValueError: it is another type.
    """
    for name, of_name in REDUCED_TYPES.items():
        if of_name is dtype:
            return name
    raise ValueError(f"dtype: expected torch.int8 or torch.bfloat16, got {dtype}")
