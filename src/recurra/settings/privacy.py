"""The settings of a training that tells little of any single example."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from recurra.settings.bounds import NotNegative, Positive


@dataclass(kw_only=True)
class PrivacyConfig:
    """Settings of differentially private training (Abadi et al., 2016)."""

    epsilon: NotNegative = 0.0
    """How much the weights may tell of any single example: no outcome of the training becomes more than e^epsilon times
    as likely by it. Each gradient is clipped and noise is added for it. 0 asks for no such promise."""
    delta: Annotated[float, Interval(gt=0, lt=1)] = 1e-5
    """Probability with which the promise of epsilon may fail; well below one over the number of examples."""
    example_clip_norm: Positive = 1.0
    """Largest norm of the gradient of one example, where epsilon is asked for."""
