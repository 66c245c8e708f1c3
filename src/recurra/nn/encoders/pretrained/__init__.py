"""Frame encoders that were trained before, on other images: frozen, each frame to a vector."""

from recurra.nn.encoders.pretrained.by_name import FRAME_ENCODERS, frame_encoder
from recurra.nn.encoders.pretrained.efficientnet_lite import EfficientNetLite0
from recurra.nn.encoders.pretrained.frozen_frames import FrozenFrames

__all__ = ["FRAME_ENCODERS", "EfficientNetLite0", "FrozenFrames", "frame_encoder"]
