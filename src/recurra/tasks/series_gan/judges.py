"""Networks that judge made series: can they be told from real ones, and can one learn from them what holds of these.

The two scores of TimeGAN (Yoon et al., 2019) follow its public code, https://github.com/jsyoon0823/TimeGAN, in all that
a score depends on: units, iterations, batches, optimizer, starting weights, division of the data. The strong judge is
ours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import nn as layers
from recurra.nn.step_mask import step_mask
from recurra.tasks.series_gan.windows import Windows

_BATCH_SIZE = 128
_LEARNT_FROM = 0.8  # share of the series that the discriminative judge learns from
_STRONG_UNITS = 32  # a direction
_STRONG_ITERATIONS = 500
_CHECKED_EVERY = 50  # iterations of the strong judge between looks at its own held-out series


class Judge(nn.Module):
    """A GRU with a linear layer on its outputs.

    Args:
        features: of each step, F.
        units: of the GRU.
        gate_bias: start of the biases of both gates: 1 in TensorFlow's first GRU, 0 in Keras'.
    """

    def __init__(self, features: int, units: int, gate_bias: float = 0.0):
        super().__init__()
        self.recurrence = layers.GRU(features, units, batch_first=True)
        self.head = nn.Linear(units, 1)
        _start_as_tensorflow(self.recurrence, gate_bias)
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give a logit at every step, (B, T), and after the last one, (B,)."""
        outputs, state = self.recurrence(x, lengths=lengths)  # (B, T, H), (1, B, H)
        return self.head(outputs)[..., 0], self.head(state[0])[:, 0]


def _start_as_tensorflow(recurrence: layers.GRU, gate_bias: float) -> None:
    """Draw the weights as TensorFlow does: uniform after Glorot and Bengio (2010), recurrent ones orthogonal."""
    units = recurrence.hidden_size
    for name, weight in recurrence.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(weight)
            if name.startswith("bias_ih"):
                weight.data[: 2 * units] = gate_bias
            continue
        for gate in weight.data.split(units):
            nn.init.orthogonal_(gate) if name.startswith("weight_hh") else nn.init.xavier_uniform_(gate)


@dataclass(frozen=True)
class _Parts:
    """Series to learn from and to be judged on."""

    learnt: Windows
    judged: Windows


def _divided(windows: Windows, share: float, generator: np.random.Generator) -> _Parts:
    shuffled = generator.permutation(len(windows))
    cut = int(len(windows) * share)
    return _Parts(windows.select(shuffled[:cut]), windows.select(shuffled[cut:]))


def discriminative_score(real: Windows, made: Windows, seed: int, iterations: int = 2000) -> float:
    """Score how well a GRU of F / 2 units tells made series from real ones: |accuracy - 0.5|, 0 where it cannot.

    Args:
        real, made: series whose features lie between 0 and 1.
        seed: of the division, the weights and the batches.
        iterations: steps of Adam, 2,000 in TimeGAN.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = np.random.default_rng(seed)
        judge = Judge(real.features, max(1, real.features // 2))
        parts = [_divided(windows, _LEARNT_FROM, generator) for windows in (real, made)]

        def loss() -> Tensor:
            batches = [_batch(part.learnt, generator) for part in parts]
            logits = [judge(x, lengths)[1] for x, lengths in batches]
            return _real_loss(logits[0]) + _made_loss(logits[1])

        _learn(judge, loss, iterations)
        return abs(_accuracy(lambda windows: judge(*windows.tensors())[1], parts) - 0.5)


def predictive_score(real: Windows, made: Windows, seed: int, iterations: int = 5000) -> float:
    """Score how well a GRU of F / 2 units that learnt from made series predicts real ones: its mean absolute error.

    It reads all features but the last and predicts the last one a step ahead, as in TimeGAN; of series of one feature
    it reads that one.

    Args:
        real, made: series whose features lie between 0 and 1.
        seed: of the weights and the batches.
        iterations: steps of Adam, 5,000 in TimeGAN.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = np.random.default_rng(seed)
        read = max(1, real.features - 1)
        judge = Judge(read, max(1, real.features // 2), gate_bias=1.0)

        def errors(x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
            shorter = None if lengths is None else lengths - 1
            predicted = torch.sigmoid(judge(x[:, :-1, :read], shorter)[0])  # (B, T - 1)
            steps = torch.ones_like(predicted) if shorter is None else step_mask(shorter, x.shape[1] - 1)
            return (predicted - x[:, 1:, -1]).abs() * steps, steps

        def loss() -> Tensor:
            error, steps = errors(*_batch(made, generator))
            return error.sum() / steps.sum()

        _learn(judge, loss, iterations)
        with torch.no_grad():
            error, steps = errors(*real.tensors())
            return float((error.sum(1) / steps.sum(1)).mean())


class _StrongNetwork(nn.Module):
    """Two bidirectional layers, read at the end and over all steps, and two layers above."""

    def __init__(self, features: int):
        super().__init__()
        self.recurrence = layers.GRU(features, _STRONG_UNITS, num_layers=2, bidirectional=True, batch_first=True)
        size = 2 * _STRONG_UNITS
        self.head = nn.Sequential(nn.Linear(2 * size, size), nn.ReLU(), nn.Linear(size, 1))

    def forward(self, x: Tensor, lengths: Tensor | None) -> Tensor:
        """Give a logit of each series, (B,)."""
        outputs, state = self.recurrence(x, lengths=lengths)  # (B, T, 2 H), (4, B, H)
        count = x.shape[1] if lengths is None else lengths[:, None]
        summary = torch.cat([state[-2], state[-1], outputs.sum(1) / count], -1)  # (B, 4 H)
        logits: Tensor = self.head(summary)[:, 0]
        return logits


def strong_discriminative_score(real: Windows, made: Windows, seed: int, iterations: int = _STRONG_ITERATIONS) -> float:
    """Score how well a larger judge tells made series from real ones; as `discriminative_score`.

    It has two bidirectional layers of 32 units, and is kept where it did best on a fifth of the series that it does not
    learn from; the score is measured on another fifth.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = np.random.default_rng(seed)
        judge = _StrongNetwork(real.features)
        outer = [_divided(windows, _LEARNT_FROM, generator) for windows in (real, made)]
        inner = [_divided(part.learnt, 0.75, generator) for part in outer]

        def loss() -> Tensor:
            batches = [_batch(part.learnt, generator) for part in inner]
            return _real_loss(judge(*batches[0])) + _made_loss(judge(*batches[1]))

        best, weights = 0.0, {name: value.clone() for name, value in judge.state_dict().items()}
        optimizer = torch.optim.Adam(judge.parameters(), 1e-3, fused=True)
        for _ in range(max(1, iterations // _CHECKED_EVERY)):
            _steps(judge, loss, optimizer, min(iterations, _CHECKED_EVERY))
            accuracy = _accuracy(lambda windows: judge(*windows.tensors()), inner)
            if accuracy > best:
                best, weights = accuracy, {name: value.clone() for name, value in judge.state_dict().items()}
        judge.load_state_dict(weights)
        return abs(_accuracy(lambda windows: judge(*windows.tensors()), outer) - 0.5)


def _batch(windows: Windows, generator: np.random.Generator) -> tuple[Tensor, Tensor | None]:
    """Draw series to learn from, without any twice."""
    count = min(_BATCH_SIZE, len(windows))
    return windows.select(generator.choice(len(windows), count, replace=False, shuffle=False)).tensors()


def _real_loss(logits: Tensor) -> Tensor:
    return F.softplus(-logits).mean()  # binary cross-entropy of the answer "real"


def _made_loss(logits: Tensor) -> Tensor:
    return F.softplus(logits).mean()  # of the answer "made"


def _learn(judge: nn.Module, loss: Callable[[], Tensor], iterations: int) -> None:
    _steps(judge, loss, torch.optim.Adam(judge.parameters(), 1e-3, fused=True), iterations)


def _steps(judge: nn.Module, loss: Callable[[], Tensor], optimizer: torch.optim.Optimizer, iterations: int) -> None:
    for _ in range(iterations):
        for parameter in judge.parameters():
            parameter.grad = None
        loss().backward()
        optimizer.step()


@torch.no_grad()
def _accuracy(logits_of: Callable[[Windows], Tensor], parts: list[_Parts]) -> float:
    """The share of the judged series, real and made, that are told for what they are."""
    real, made = (logits_of(part.judged) for part in parts)
    right = int((real > 0).sum()) + int((made <= 0).sum())
    return right / (len(real) + len(made))
