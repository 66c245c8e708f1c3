"""A clip that comes frame by frame, answered at each, in constant memory."""

from typing import Any

import numpy as np
import torch

from recurra.errors import DataError
from recurra.nn.device import device_of
from recurra.nn.encoders.pretrained import FrozenFrames
from recurra.tasks.video.network import VideoNetwork
from recurra.tasks.video.signal import Signal
from recurra.training.validation import evaluating


class ClipStream:
    """What a network has made of the frames that have come.

    Its answers equal those on the whole clip: what has been seen is carried as the state of the recurrence, a running
    sum, and the frames that an encoder looks back at.

    Args:
        network: of one direction, in evaluation mode or not.
        name: of the signal that comes.
        signal: what that is.
        frozen: what encodes frames before the network reads them, where something does.
    """

    def __init__(self, network: VideoNetwork, name: str, signal: Signal, frozen: FrozenFrames | None = None):
        self.network, self.name, self.signal = network, name, signal
        self.frozen = frozen if signal.encoded else None
        self.state: Any = None

    @torch.inference_mode()
    def step(self, samples: np.ndarray) -> np.ndarray:
        """Watch what has come.

        Args:
            samples: one or more, (T, ...).

        Returns:
            Scores of the answers at each step that is due, (T', outputs); of signals of which several samples make a
            step, T' may be 0.

        Raises:
            DataError: samples are of another shape than those of the training.
        """
        if tuple(samples.shape[1:]) != self.signal.shape:
            raise DataError(f"{self.name}: expected samples {self.signal.shape}, got {tuple(samples.shape[1:])}")
        device = device_of(self.network)
        piece = torch.from_numpy(np.ascontiguousarray(samples[None])).to(device)  # (1, T, ...)
        if self.frozen is not None:
            piece = self.frozen(piece)[0]  # (1, T, F)
        with evaluating(self.network):
            scores, self.state = self.network.stream(self.name, piece, self.state)
        running: np.ndarray = scores[0].cpu().numpy()
        return running
