"""Attributions beside captum's, on layers of torch.nn and of Recurra: by how much they differ, and how long each takes.

    pip install ".[bench]"
    python benchmarks/attributions_of_captum.py

Captum (0.9) runs on the CPU here; on a GPU its gradients of recurrent layers need training mode
(github.com/pytorch/captum/issues/564). Times are ratios of calls in turn, each repeated; 50 points, baseline 0.
"""

import statistics
import time
from collections.abc import Callable

import torch
from captum.attr import FeatureAblation, InputXGradient, IntegratedGradients
from torch import Tensor, nn

import recurra
from recurra.explain import attribution

SEQUENCES, STEPS, FEATURES, UNITS, CLASSES, REPEATS = 8, 60, 16, 64, 5, 5


class Classifier(nn.Module):
    """A recurrence and a head; of symbols, with an embedding before."""

    def __init__(self, kind: Callable[..., nn.Module], symbols: int = 0):
        super().__init__()
        self.embedding = nn.Embedding(symbols, FEATURES) if symbols else nn.Identity()
        self.layer = kind(FEATURES, UNITS, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * UNITS, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(self.embedding(x))[0][:, -1])


def by_step(values: Tensor) -> Tensor:
    """A mask that erases whole steps."""
    return torch.arange(values.shape[1]).view(1, -1, 1).expand_as(values)


def compared(name: str, ours: Callable[[], Tensor], theirs: Callable[[], Tensor]) -> None:
    """Print how far two ways are apart, as a share of the largest number, and the ratio of their times."""
    largest = theirs().abs().max()
    apart = float((ours() - theirs()).abs().max() / largest)
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(REPEATS):
        for way, call in (("ours", ours), ("theirs", theirs)):
            start = time.perf_counter()
            call()
            times[way].append(time.perf_counter() - start)
    ratio = statistics.median(times["theirs"]) / statistics.median(times["ours"])
    print(f"{name:55} apart {apart:.1e}   captum takes {ratio:.2f} times as long")


def of_numbers(name: str, model: nn.Module, x: Tensor) -> None:
    """Compare the three methods on numbers."""
    gradients, times_input, ablation = IntegratedGradients(model), InputXGradient(model), FeatureAblation(model)

    def ours(method: str) -> Tensor:
        return attribution(model, x, target=1, method=method).values

    leaf = x.clone().requires_grad_()
    compared(
        f"{name}: integrated gradients",
        lambda: ours("integrated-gradients"),
        lambda: gradients.attribute(x, target=1, n_steps=50),
    )
    compared(
        f"{name}: gradient times input",
        lambda: ours("gradient-times-input"),
        lambda: times_input.attribute(leaf, target=1).detach(),
    )
    compared(
        f"{name}: erasure by step",
        lambda: ours("erasure").sum(-1),
        lambda: ablation.attribute(x, target=1, feature_mask=by_step(x))[..., 0],
    )


def main() -> None:
    torch.manual_seed(0)
    for kind in (nn.LSTM, nn.GRU, recurra.nn.LSTM, recurra.nn.GRU):
        for dtype in (torch.float64, torch.float32):
            name = f"{kind.__module__.split('.')[0]} {kind.__name__} {str(dtype).removeprefix('torch.')}"
            model = Classifier(kind).to(dtype).eval()
            of_numbers(name, model, torch.randn(SEQUENCES, STEPS, FEATURES, dtype=dtype))
        symbols = torch.randint(50, (SEQUENCES, STEPS))
        reader = Classifier(kind, 50).eval()
        zeros = torch.zeros(SEQUENCES, STEPS, FEATURES)
        vectors = IntegratedGradients(lambda x, model=reader: model.head(model.layer(x)[0][:, -1]))
        compared(
            f"{kind.__module__.split('.')[0]} {kind.__name__} symbols: integrated gradients",
            lambda model=reader, x=symbols: attribution(model, x, target=1).values,
            lambda ig=vectors, model=reader, x=symbols, base=zeros: ig.attribute(
                model.embedding(x).detach(), baselines=base, target=1, n_steps=50
            ),
        )


if __name__ == "__main__":
    main()
