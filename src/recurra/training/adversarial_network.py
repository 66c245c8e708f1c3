"""A network of two players: one makes samples, the other tells them from real ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from torch import Tensor, nn

from recurra.training.batch import Batch
from recurra.training.supervised_network import SupervisedNetwork

BatchT = TypeVar("BatchT", bound=Batch)


@dataclass(frozen=True)
class Loss:
    """The loss of a player, and what a person wants to know of it.

    Attributes:
        value: a scalar with a graph, to be followed down.
        scores: scalars to tell while it learns, by name: "real_score" and "made_score" (the discriminator's means),
            "..._penalty", and what `adversarial_health` reads.
    """

    value: Tensor
    scores: Mapping[str, Tensor] = field(default_factory=dict)


class AdversarialNetwork(SupervisedNetwork[BatchT]):
    """A generator, a discriminator, and the loss of each (Goodfellow et al., 2014).

    Noise is to be drawn by `recurra.nn.noise`, so that the same seed gives the same bits and a resumed training goes on
    to them. `loss` is that of a phase before the two play, where a job has one.
    """

    generator: nn.Module
    discriminator: nn.Module
    loss_unit = "nats"

    def discriminator_loss(self, batch: BatchT) -> Loss:
        """Compute the loss of the discriminator on real samples, and on as many made ones.

        The generator's weights need no gradient then, so that no graph of it is kept.
        """
        raise NotImplementedError

    def generator_loss(self, batch: BatchT) -> Loss:
        """Compute the loss of the generator; the batch says how many samples to make, of which lengths and kinds.

        The discriminator's weights need no gradient then, but gradients flow through it.
        """
        raise NotImplementedError

    def discriminator_parameters(self) -> Iterator[nn.Parameter]:
        """Give the weights that follow the discriminator's loss: here, those of `discriminator`."""
        return self.discriminator.parameters()

    def generator_parameters(self) -> Iterator[nn.Parameter]:
        """Give the weights that follow the generator's loss: here, all that the discriminator has not."""
        others = {id(parameter) for parameter in self.discriminator_parameters()}
        return (parameter for parameter in self.parameters() if id(parameter) not in others)
