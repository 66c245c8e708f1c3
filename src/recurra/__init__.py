"""Recurra trains, explains and serves recurrent neural networks, fast on an ordinary CPU.

What is named here is imported when it is first used, PyTorch with it: so the command can start at once, and answer to
Ctrl-C while the rest is loaded.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recurra.version import __version__

if TYPE_CHECKING:
    from recurra import explain, figures, kernels, nn
    from recurra.errors import DataError, TrainingDiverged
    from recurra.nn.accelerate import accelerate
    from recurra.tasks import (
        ClipGAN,
        LanguageModel,
        SequenceClassifier,
        SequenceRegressor,
        Tagger,
        TextGAN,
        TimeSeriesGAN,
        Translator,
        VideoClassifier,
        load,
        resume,
    )

__all__ = [
    "ClipGAN",
    "DataError",
    "LanguageModel",
    "SequenceClassifier",
    "SequenceRegressor",
    "Tagger",
    "TextGAN",
    "TimeSeriesGAN",
    "TrainingDiverged",
    "Translator",
    "VideoClassifier",
    "__version__",
    "accelerate",
    "explain",
    "figures",
    "kernels",
    "load",
    "nn",
    "resume",
]

_MODULES = {"DataError": "errors", "TrainingDiverged": "errors", "accelerate": "nn.accelerate"}
_JOBS = [
    "ClipGAN",
    "LanguageModel",
    "SequenceClassifier",
    "SequenceRegressor",
    "Tagger",
    "TextGAN",
    "TimeSeriesGAN",
    "Translator",
    "VideoClassifier",
]
_MODULES |= dict.fromkeys([*_JOBS, "load", "resume"], "tasks")
_FLOORS = ("data", "errors", "explain", "figures", "kernels", "nn", "tasks", "training")


def __getattr__(name: str) -> Any:
    if name in _FLOORS:
        return import_module(f"recurra.{name}")
    if name not in _MODULES:
        raise AttributeError(f"module 'recurra' has no attribute {name!r}")
    value = getattr(import_module(f"recurra.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
