"""A network that predicts, with the loss of its predictions beside it."""

from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from recurra.training.batch import Batch

BatchT = TypeVar("BatchT", bound=Batch)


class SupervisedNetwork(nn.Module, Generic[BatchT]):
    """What every job's network is: a call that predicts, and a loss of its own.

    All jobs are called in one way, from tensors to tensors, so that a server, an export or an attribution can call any:

        logits, state = network(inputs, lengths=None, state=None)

    inputs: what is read, batch first. lengths: the steps of each sequence that are no padding, (B,); None where all
    are. state: what the last call returned, to go on from there; None at the beginning. logits: scores of the
    answers, before softmax, sigmoid or CRF.
    """

    loss_unit: str = "nats"
    """What `loss` is measured in."""

    def loss(self, batch: BatchT, state: Any = None) -> tuple[Tensor, Any]:
        """Compute the loss of a batch; where that is cheaper, without ever holding its logits.

        Args:
            batch: what was read, and the right answers.
            state: to go on from, as returned for the batch before; None at the beginning.

        Returns:
            The mean loss, a scalar, and the state to carry to the next batch: None where batches do not go on from each
            other.
        """
        raise NotImplementedError

    def loss_weight(self, batch: BatchT) -> float:
        """Give what the loss of a batch is a mean over, so that the shares of several processes make the same mean."""
        return float(batch.size)
