"""The frame encoder that a person names, or brings."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from recurra.errors import DataError
from recurra.nn.encoders.pretrained import efficientnet_lite
from recurra.nn.encoders.pretrained.frozen_frames import IMAGENET_MEAN, IMAGENET_STD, FrozenFrames

TIMM = "timm:"

FRAME_ENCODERS: dict[str, Callable[[], nn.Module]] = {"efficientnet-lite0": efficientnet_lite.pretrained}
"""What makes a network of images, (N, 3, H, W) to vectors or maps, by name; one of your own may be added."""


def frame_encoder(
    choice: str | nn.Module,
    *,
    image_size: tuple[int, int] | None = None,
    frames_at_once: int = 16,
    dtype: torch.dtype = torch.float32,
) -> FrozenFrames:
    """Make a frozen frame encoder.

    Args:
        choice: a name of `FRAME_ENCODERS`; "timm:NAME", a model of timm with its weights; or a module from images
            (N, 3, H, W) to vectors or maps. A module's `mean` and `std`, where it has them, are the normalisation that
            it asks for; ImageNet's else.
        image_size, frames_at_once, dtype: as of `FrozenFrames`.

    Raises:
        DataError: the name is of none, or its package or weights are missing.
    """
    mean: Any = IMAGENET_MEAN
    std: Any = IMAGENET_STD
    if isinstance(choice, str) and choice.startswith(TIMM):
        network, mean, std = _timm(choice.removeprefix(TIMM))
    else:
        network = choice if isinstance(choice, nn.Module) else _named(choice)
        mean, std = getattr(network, "mean", mean), getattr(network, "std", std)
    return FrozenFrames(network, mean, std, image_size=image_size, frames_at_once=frames_at_once, dtype=dtype)


def _named(name: str) -> nn.Module:
    if name not in FRAME_ENCODERS:
        known = ", ".join(FRAME_ENCODERS)
        raise DataError(f"frame encoder: expected {known}, timm:NAME or a module, got {name!r}")
    return FRAME_ENCODERS[name]()


def _timm(name: str) -> tuple[nn.Module, tuple[float, ...], tuple[float, ...]]:
    """A model of timm without its classes, and its normalisation."""
    try:
        import timm
    except ImportError:
        raise DataError(f"{TIMM}{name}: expected the package timm (pip install timm), got none") from None
    try:
        model = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:  # of timm's own kinds, and of whatever fetches its weights
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{TIMM}{name}: expected a model of timm with its weights, got: {line}") from error
    config = timm.data.resolve_model_data_config(model)
    return model, tuple(config["mean"]), tuple(config["std"])
