"""Recurra trains, explains and serves recurrent neural networks, fast on an ordinary CPU."""

from recurra import kernels, nn
from recurra.errors import DataError, TrainingDiverged
from recurra.nn.accelerate import accelerate
from recurra.tasks import LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator, load, resume
from recurra.version import __version__

__all__ = [
    "DataError",
    "LanguageModel",
    "SequenceClassifier",
    "SequenceRegressor",
    "Tagger",
    "TrainingDiverged",
    "Translator",
    "__version__",
    "accelerate",
    "kernels",
    "load",
    "nn",
    "resume",
]
