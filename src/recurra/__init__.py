"""Recurra trains, explains and serves recurrent neural networks, fast on an ordinary CPU."""

from recurra import kernels, nn
from recurra.errors import DataError, TrainingDiverged
from recurra.tasks import LanguageModel, load, resume

__version__ = "0.1.0"

__all__ = ["DataError", "LanguageModel", "TrainingDiverged", "kernels", "load", "nn", "resume"]
