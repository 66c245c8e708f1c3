"""Differentially private training: gradients that no single example decides, and what is then known of one."""

from recurra.training.privacy.budget import Budget, PrivatePhase, noise_multiplier
from recurra.training.privacy.gradients import PrivateGradients
from recurra.training.privacy.updates import Noise, PrivateAdversarial, PrivateSupervised

__all__ = [
    "Budget",
    "Noise",
    "PrivateAdversarial",
    "PrivateGradients",
    "PrivatePhase",
    "PrivateSupervised",
    "noise_multiplier",
]
