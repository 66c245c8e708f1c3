"""The methods by name: the network of each, and the phases in which it learns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from torch import nn

from recurra.data.tables.feature import Feature
from recurra.tasks.series_gan.config import SeriesGANConfig
from recurra.tasks.series_gan.data import SeriesDataModule
from recurra.tasks.series_gan.likelihood import LikelihoodNetwork
from recurra.tasks.series_gan.network import SeriesNetwork
from recurra.tasks.series_gan.rcgan import RCGAN
from recurra.tasks.series_gan.rtsgan import RTSGAN
from recurra.tasks.series_gan.timegan import TimeGAN
from recurra.training.adversarial import Adversarial
from recurra.training.phases import Phase, Phases
from recurra.training.privacy import Noise, PrivateAdversarial, PrivateSupervised
from recurra.training.processes import Processes
from recurra.training.supervised import LossFunction, Supervised
from recurra.training.update import Update

METHODS: dict[str, type[SeriesNetwork]] = {
    "rtsgan": RTSGAN,
    "timegan": TimeGAN,
    "rcgan": RCGAN,
    "likelihood": LikelihoodNetwork,
}


def build(features: Sequence[Feature], context_size: int, config: SeriesGANConfig) -> SeriesNetwork:
    """Build the network of the method that the settings name."""
    return METHODS[config.method](features, context_size, config)


def make_update(
    network: SeriesNetwork,
    config: SeriesGANConfig,
    steps: int,
    together: Processes,
    data: SeriesDataModule,
    noise: Noise | None = None,
) -> Update:
    """Make what learns: of some methods phases, an autoencoder alone and the game then.

    Args:
        network: of the method that the settings name.
        config: the settings.
        steps: of the whole training.
        together: the processes that train together.
        data: what is learnt from.
        noise: on all gradients, where these are to be private.
    """
    config = config.resolved()
    calm = replace(config, learning_rate=config.pretraining_learning_rate, beta1=0.9, beta2=0.99)
    before = config.pretraining_steps

    def supervised(
        steps: int,
        phase: str,
        loss: LossFunction | None = None,
        parameters: Iterable[nn.Parameter] | None = None,
    ) -> Supervised:
        network.phase = phase
        name = "" if phase == "likelihood" else phase
        if noise is None:
            return Supervised(network, calm, steps, together, name, loss, parameters)
        return PrivateSupervised(network, calm, steps, together, noise, name, loss, parameters)

    def game(steps: int) -> Adversarial:
        network.phase = "game"
        if noise is None:
            return Adversarial(network, config, steps, together)
        return PrivateAdversarial(network, config, steps, together, noise)

    if isinstance(network, LikelihoodNetwork):
        return supervised(steps, "likelihood")
    if isinstance(network, RTSGAN):

        def begin_game() -> Update:
            # the mean and the spread of the vectors are numbers of the data themselves
            network.begin_game([batch.to(together.device) for batch in data.in_order()], normalizes=noise is None)
            return game(steps - before)

        weights = network.autoencoder_parameters()
        alone = Phase(before, lambda: supervised(before, "autoencoder", parameters=weights))
        return Phases(network, [alone, Phase(steps - before, begin_game)])
    if isinstance(network, TimeGAN):
        half = before // 2

        def supervise() -> Update:
            function: LossFunction = network.supervised_loss
            return supervised(half, "supervisor", function, network.supervised_parameters())

        weights = network.autoencoder_parameters()
        alone = Phase(half, lambda: supervised(half, "autoencoder", parameters=weights))
        return Phases(network, [alone, Phase(half, supervise), Phase(steps - 2 * half, lambda: game(steps - 2 * half))])
    return game(steps)
