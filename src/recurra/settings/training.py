"""The settings that every training shares."""

from dataclasses import dataclass
from typing import Literal

from recurra.settings.bounds import (
    Count,
    CountOrZero,
    Epochs,
    Factor,
    Fraction,
    NotNegative,
    Positive,
    Probability,
    Seconds,
    Seed,
    Threads,
)
from recurra.settings.check import check


@dataclass(kw_only=True)
class TrainingConfig:
    """Settings of the training."""

    epochs: Epochs = 10
    """Passes over the training data."""
    batch_size: Count = 64
    """Sequences learnt from at once, over all processes."""
    optimizer: Literal["adamw", "adam", "sgd", "asgd"] = "adamw"
    """How weights follow gradients; asgd is sgd that begins to average its weights when validation stalls (Merity et
    al., 2018)."""
    learning_rate: Positive = 2e-3
    """Size of the steps, at their largest."""
    momentum: Fraction = 0.0
    """Of sgd and asgd."""
    beta1: Fraction = 0.9
    """Memory of gradients in adam and adamw."""
    beta2: Fraction = 0.99
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
    average_decay: Fraction = 0.0
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
