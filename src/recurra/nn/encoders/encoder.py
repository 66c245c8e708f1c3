"""What all encoders are: modules from the samples of one signal to vectors that a recurrence reads."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn


class Encoder(nn.Module, ABC):
    """Samples of a signal to vectors.

    size: of a vector, F.
    stride: samples that lead from one vector to the next; T' = T / stride, rounded up.
    """

    size: int
    stride: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the parts of a vector that are each for a reader of its own, in their order; as a rule there is one."""
        return (self.size,)

    @abstractmethod
    def forward(self, x: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Bring samples (B, T, ...), lengths (B,), to vectors (B, T', F), zeros beyond the ends, and their lengths."""

    def stream(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Encode a stream as it comes; all pieces together give what `forward` gives of the whole.

        Args:
            x: the next samples of each stream, (B, T, ...), at least one.
            state: what the last call returned; None at the start.

        Returns:
            The vectors that are due, (B, T', F), where T' may be 0; and the state to give to the next call.

        Raises:
            ValueError: the encoder learns (`train()`), so that batch norm and dropout would not give what `forward`
                gives; or it reads the future.
        """
        if self.training:
            raise ValueError("stream: expected an encoder in evaluation, got one that learns: call eval()")
        return self._stream(x, state)

    @abstractmethod
    def _stream(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Do what `stream` says, in evaluation."""
