"""Differentially private training: gradients that no single example decides, and what is then known of one."""

from recurra.training.privacy.budget import Budget, PrivatePhase, noise_multiplier
from recurra.training.privacy.gradients import PrivateGradients

__all__ = ["Budget", "PrivateGradients", "PrivatePhase", "noise_multiplier"]
