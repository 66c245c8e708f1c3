"""What a report of gradients costs, as a ratio to a training step of the same model on the same batch.

Both are done in turn, round after round in one process; the ratio is taken round by round, and its median is shown.

    python benchmarks/explain_cost.py [--rounds 15] [--only LSTM]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

import recurra
from recurra.explain import gradients

SYMBOLS = 100
CASES = {
    "RNN 128, T 200, B 32": (recurra.nn.RNN, 128, 200, 32, {}),
    "LSTM 128, T 100, B 32": (recurra.nn.LSTM, 128, 100, 32, {}),
    "GRU 128, T 100, B 32": (recurra.nn.GRU, 128, 100, 32, {}),
    "LSTM 256, T 100, B 64": (recurra.nn.LSTM, 256, 100, 64, {}),
    "2 LSTM 128, both ways, T 100, B 32": (recurra.nn.LSTM, 128, 100, 32, {"num_layers": 2, "bidirectional": True}),
    "torch.nn.LSTM 128, T 100, B 32": (nn.LSTM, 128, 100, 32, {}),
    "torch.nn.GRU 128, T 100, B 32": (nn.GRU, 128, 100, 32, {}),
}


class Model(nn.Module):
    def __init__(self, kind, hidden, **settings):
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, 64)
        self.recurrent = kind(64, hidden, **settings)
        self.head = nn.Linear(hidden * (2 if settings else 1), SYMBOLS)

    def forward(self, symbols: Tensor) -> Tensor:
        return self.head(self.recurrent(self.embedding(symbols))[0])


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def trainer(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Callable[[], None]:
    optimizer = torch.optim.Adam(model.parameters(), 1e-6)

    def step() -> None:
        optimizer.zero_grad()
        loss(model(batch[0]), batch[1]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def seconds(call: Callable[[], object], repeats: int) -> float:
    began = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - began) / repeats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print(f"{'model':38} {'step, ms':>9} {'report, ms':>11} {'ratio':>6}")
    for name, (kind, hidden, steps, size, settings) in CASES.items():
        if options.only not in name:
            continue
        torch.manual_seed(0)
        model = Model(kind, hidden, **settings)
        batch = torch.randint(SYMBOLS, (steps, size)), torch.randint(SYMBOLS, (steps, size))
        step = trainer(model, batch)
        step()
        gradients(model, batch, loss)  # the first call imports and allocates
        report = partial(gradients, model, batch, loss)
        pairs = [(seconds(step, 3), seconds(report, 1)) for _ in range(options.rounds)]
        ratio = statistics.median(of_report / of_step for of_step, of_report in pairs)
        of_step, of_report = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{name:38} {of_step:9.1f} {of_report:11.1f} {ratio:6.2f}", flush=True)


if __name__ == "__main__":
    main()
