"""The settings that every training shares, and how settings are checked."""

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any, Literal

from recurra.errors import DataError


@dataclass(kw_only=True)
class TrainingConfig:
    """How a network is trained; every job's Config adds to it."""

    epochs: int = 10
    """Passes over the training data."""
    batch_size: int = 64
    """Sequences learnt from at once, over all processes."""
    optimizer: Literal["adamw", "adam", "sgd", "asgd"] = "adamw"
    """How weights follow gradients; asgd is sgd that begins to average its weights when validation stalls (Merity et
    al., 2018)."""
    learning_rate: float = 2e-3
    """Size of the steps, at their largest."""
    momentum: float = 0.0
    """Of sgd and asgd."""
    beta2: float = 0.99
    """Memory of squared gradients in adam and adamw."""
    weight_decay: float = 0.0
    """Pull of every weight towards zero; decoupled from the gradient in adamw."""
    schedule: Literal["cosine", "linear", "constant", "plateau"] = "cosine"
    """How the learning rate falls: over the whole training, not at all, or when validation stalls."""
    warmup_steps: int = 100
    """Steps over which the learning rate first rises."""
    final_learning_rate: float = 0.01
    """Where cosine and linear end, as a share of learning_rate."""
    plateau_factor: float = 0.5
    """What plateau multiplies the learning rate by."""
    plateau_patience: int = 1
    """Evaluations without progress after which plateau lowers the learning rate, or asgd begins to average."""
    clip_norm: float = 1.0
    """Largest norm of the gradient; 0 leaves it as it is."""
    average_decay: float = 0.0
    """If not 0, what is evaluated and kept is a running average of the weights with this decay a step (0.999)."""
    early_stopping: int = 0
    """Stop after so many evaluations without progress; 0 never stops early."""
    evaluate_every: int = 0
    """Steps between evaluations on the validation part; 0 evaluates once an epoch."""
    checkpoint_seconds: float = 30.0
    """Time between the checkpoints that --resume needs; evaluations and interruptions save one too."""
    seed: int = 1
    """Of every random number."""
    device: Literal["auto", "cpu"] = "auto"
    """auto takes a GPU where there is one."""
    precision: Literal["float32", "bf16"] = "float32"
    """bf16 multiplies matrices in bfloat16 while training: faster where the processor has it."""
    threads: int = 0
    """Processor threads; 0 lets PyTorch choose."""

    def __post_init__(self) -> None:
        check(self)
        for name in ("epochs", "batch_size"):
            require(self, name, getattr(self, name) >= 1, "at least 1")
        require(self, "learning_rate", self.learning_rate > 0, "a number above 0")
        require(self, "average_decay", 0 <= self.average_decay < 1, "0 <= decay < 1")
        for name in ("early_stopping", "evaluate_every", "warmup_steps", "clip_norm", "weight_decay", "threads"):
            require(self, name, getattr(self, name) >= 0, "0 or more")


def require(config: Any, name: str, holds: bool, expected: str) -> None:
    """Raise a DataError that names a setting, unless it holds."""
    if not holds:
        raise DataError(f"{name}: expected {expected}, got {getattr(config, name)!r}")


def check(config: Any) -> None:
    """Hold every setting to its declared type and choices.

    Raises:
        DataError: names the setting, what was expected and what was given.
    """
    hints = typing.get_type_hints(type(config))
    for field in dataclasses.fields(config):
        hint, value = hints[field.name], getattr(config, field.name)
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            require(config, field.name, value in choices, f"one of {', '.join(map(repr, choices))}")
        elif hint is float:
            require(config, field.name, isinstance(value, int | float) and not isinstance(value, bool), "a number")
            setattr(config, field.name, float(value))
        elif hint in (int, bool, str):
            right = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
            require(config, field.name, right, {int: "a whole number", bool: "true or false", str: "text"}[hint])


def make(config_class: type, settings: dict[str, Any]) -> Any:
    """Build a Config from settings by name.

    Raises:
        DataError: a name is not a setting; the message lists what is.
    """
    names = [field.name for field in dataclasses.fields(config_class)]
    for name in settings:
        if name not in names:
            raise DataError(f"settings: expected some of {', '.join(names)}, got {name!r}")
    return config_class(**settings)
