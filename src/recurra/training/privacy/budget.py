"""How much of an example a private training may tell, as (epsilon, delta), and how much noise that takes.

The count is kept by Opacus' accountant of Renyi differential privacy (Mironov, 2017; of the sampled Gaussian
mechanism: Mironov, Talwar and Zhang, 2019).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from recurra.errors import DataError

_PRECISION = 1e-3  # of the noise multiplier, as a share of it
_MOST_NOISE = 1e4
_ORDERS = [1 + x / 10 for x in range(1, 100)] + list(range(11, 64)) + [2**k for k in range(6, 14)]  # of Renyi's measure


@dataclass(frozen=True)
class PrivatePhase:
    """Steps of a training that see the data.

    Attributes:
        sampling_rate: the probability of each example to be in the batch of a step, drawn for itself (Poisson).
        steps: how many there are.
    """

    sampling_rate: float
    steps: int


@dataclass(frozen=True)
class Budget:
    """What a training tells of any single example.

    Attributes:
        epsilon: however an example may be, no outcome of the training is more than e^epsilon times as likely with it
            as without it,
        delta: but for a probability of so much.
    """

    epsilon: float
    delta: float

    @classmethod
    def of(cls, phases: Sequence[PrivatePhase], noise: float, delta: float) -> "Budget":
        """Give what phases tell together.

        Args:
            phases: those that see the data.
            noise: standard deviation of the noise on a sum of gradients, in clipping norms.
            delta: as above.

        Raises:
            DataError: Opacus is not installed.
        """
        try:
            from opacus.accountants import RDPAccountant
        except ImportError as error:
            raise DataError('privacy: expected the package opacus; install "recurra[privacy]"') from error
        accountant = RDPAccountant()
        accountant.history = [(noise, phase.sampling_rate, phase.steps) for phase in phases if phase.steps]
        if not accountant.history:
            return cls(0.0, delta)
        with warnings.catch_warnings():  # an order at the end of the range still bounds, if less tightly
            warnings.filterwarnings("ignore", message="Optimal order is the", category=UserWarning)
            return cls(float(accountant.get_epsilon(delta, alphas=_ORDERS)), delta)


def noise_multiplier(budget: Budget, phases: Sequence[PrivatePhase]) -> float:
    """Find the least noise with which phases keep to a budget.

    Args:
        budget: what may be told.
        phases: those that see the data.

    Returns:
        Standard deviation of the noise on a sum of gradients, in clipping norms.

    Raises:
        DataError: no noise is enough, or Opacus is not installed.
    """
    return _noise_multiplier(budget, tuple(phases))


@lru_cache  # a search of seconds, which each part of a training in parts would make anew
def _noise_multiplier(budget: Budget, phases: tuple[PrivatePhase, ...]) -> float:
    low, high = 0.0, 1.0
    while Budget.of(phases, high, budget.delta).epsilon > budget.epsilon:
        low, high = high, high * 2
        if high > _MOST_NOISE:
            raise DataError(
                f"epsilon: expected a budget that some noise keeps to, got {budget.epsilon:g} at delta {budget.delta:g}"
            )
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        if Budget.of(phases, middle, budget.delta).epsilon > budget.epsilon:
            low = middle
        else:
            high = middle
    return high
