"""The settings that every training shares, and how settings are checked."""

import dataclasses
import difflib
import math
import os
import typing
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from recurra.data.files.unicode_text import require_unicode
from recurra.errors import DataError, quote
from recurra.training.ranges import (
    Count,
    CountOrZero,
    Epochs,
    Factor,
    NotNegative,
    Positive,
    Probability,
    Range,
    Seconds,
    Seed,
    Share,
    Threads,
)


@dataclass(kw_only=True)
class TrainingConfig:
    """How a network is trained; every job's Config adds to it."""

    epochs: Epochs = 10
    """Passes over the training data."""
    batch_size: Count = 64
    """Sequences learnt from at once, over all processes."""
    optimizer: Literal["adamw", "adam", "sgd", "asgd"] = "adamw"
    """How weights follow gradients; asgd is sgd that begins to average its weights when validation stalls (Merity et
    al., 2018)."""
    learning_rate: Positive = 2e-3
    """Size of the steps, at their largest."""
    momentum: Share = 0.0
    """Of sgd and asgd."""
    beta2: Share = 0.99
    """Memory of squared gradients in adam and adamw."""
    weight_decay: NotNegative = 0.0
    """Pull of every weight towards zero; decoupled from the gradient in adamw."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "cosine"
    """How the learning rate falls: over the whole training, not at all, or when validation stalls."""
    warmup_steps: CountOrZero = 100
    """Steps over which the learning rate first rises."""
    final_learning_rate: Probability = 0.01
    """Where cosine and linear end, as a share of learning_rate."""
    plateau_factor: Factor = 0.5
    """What plateau multiplies the learning rate by."""
    plateau_patience: Count = 1
    """Evaluations without progress after which plateau lowers the learning rate, or asgd begins to average."""
    clip_norm: NotNegative = 1.0
    """Largest norm of the gradient; 0 leaves it as it is."""
    average_decay: Share = 0.0
    """If not 0, what is evaluated and kept is a running average of the weights with this decay a step (0.999)."""
    early_stopping: CountOrZero = 0
    """Stop after so many evaluations without progress; 0 never stops early."""
    evaluate_every: CountOrZero = 0
    """Steps between evaluations on the validation part; 0 evaluates once an epoch."""
    checkpoint_seconds: Seconds = 30.0
    """Time between the checkpoints that --resume needs; evaluations and interruptions save one too."""
    max_minutes: NotNegative = 0.0
    """Evaluate, save and stop after so many minutes of a session, to be resumed; 0 sets no limit."""
    seed: Seed = 1
    """Of every random number."""
    device: Literal["auto", "cpu"] = "auto"
    """auto takes a GPU where there is one."""
    precision: Literal["float32", "bf16"] = "float32"
    """bf16 multiplies matrices in bfloat16 while training: faster where the processor has it."""
    threads: Threads = 0
    """Processor threads; 0 lets PyTorch choose."""

    def __post_init__(self) -> None:
        check(self)


def require(config: Any, name: str, holds: bool, expected: str) -> None:
    """Raise a DataError that names a setting, unless it holds."""
    if not holds:
        raise DataError(f"{name}: expected {expected}, got {quote(getattr(config, name))}")


def check(config: Any) -> None:
    """Hold every setting to its declared type, range and choices; those of NumPy's types become Python's.

    Raises:
        DataError: names the setting, what was expected and what was given.
    """
    hints = typing.get_type_hints(type(config), include_extras=True)
    for field in dataclasses.fields(config):
        hint, ranges = hints[field.name], list[Range]()
        if typing.get_origin(hint) is typing.Annotated:
            hint, *ranges = typing.get_args(hint)
        value = _python(getattr(config, field.name), hint)
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            chosen = isinstance(value, str) and value in choices
            require(config, field.name, chosen, f"one of {', '.join(map(repr, choices))}")
        elif hint in _TYPES:
            right = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
            require(config, field.name, right, _TYPES[hint])
        if isinstance(value, str):
            require_unicode(field.name, value)
        for allowed in ranges:
            require(config, field.name, allowed.holds(value), allowed.expected(value))
        setattr(config, field.name, value)


_TYPES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


def _python(value: Any, hint: Any) -> Any:
    """A setting in Python's own type, where it is a number, a text or a path in another."""
    if hint not in _TYPES and typing.get_origin(hint) is not Literal:
        return value
    if isinstance(value, np.generic) or getattr(value, "ndim", None) == 0:  # a scalar of NumPy or of torch
        value = value.item()
    if isinstance(value, bool):
        return value
    if hint is int and isinstance(value, Integral):
        return int(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is float and isinstance(value, Real):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    return os.fspath(value) if hint is str and isinstance(value, os.PathLike) else value


def make(config_class: type, settings: dict[str, Any]) -> Any:
    """Build a Config from settings by name.

    Raises:
        DataError: a name is not a setting; the message lists what is.
    """
    names = [field.name for field in dataclasses.fields(config_class)]
    for name in settings:
        if name not in names:
            raise DataError(f"settings: expected some of {', '.join(names)}, got {quote(name)}{_meant(name, names)}")
    return config_class(**settings)


_ELSEWHERE = {
    "random_state": "seed",
    "lr": "learning_rate",
    "max_iter": "epochs",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "n_jobs": "threads",
    "units": "hidden_size",
    "hidden_dim": "hidden_size",
    "n_layers": "num_layers",
    "patience": "early_stopping",
    "validation_fraction": "valid_fraction",
    "validation_split": "valid_fraction",
}
"""What other libraries call some settings."""


def _meant(name: str, names: list[str]) -> str:
    """Say which setting somebody may have meant, if any."""
    alike = difflib.get_close_matches(name, names, 1)
    meant = _ELSEWHERE.get(name) or (alike[0] if alike else "")
    return f"; {meant} may be meant" if meant in names else ""
