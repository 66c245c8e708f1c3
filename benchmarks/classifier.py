"""Training speed of a classifier: Recurra's whole `fit` beside a plain PyTorch script that trains the same network.

Both read the same arrays, standardize them, shuffle each epoch, clip, take AdamW steps, and run in turn, round after
round in one process; the ratio is taken round by round. The plain script is written as an expert would: fused AdamW,
one call of torch.nn's layer, tensors ready in memory, nothing logged.

    python benchmarks/classifier.py [--rounds 5] [--sequences 2048] [--steps 100] [--hidden-size 128] [--batch-size 32]
"""

import argparse
import statistics
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import SequenceClassifier

FEATURES, CLASSES, RATE = 16, 10, 2e-3
LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class PlainModel(nn.Module):
    def __init__(self, cell: str, hidden_size: int):
        super().__init__()
        self.rnn = LAYERS[cell](FEATURES, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        outputs, _ = self.rnn(x)
        return self.head(outputs[:, -1])


def train_plainly(x: np.ndarray, y: np.ndarray, cell: str, options: argparse.Namespace) -> None:
    torch.manual_seed(1)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    inputs = (inputs - inputs.mean((0, 1))) / inputs.std((0, 1))
    model = PlainModel(cell, options.hidden_size)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    for _ in range(options.epochs):
        for rows in torch.randperm(len(inputs)).split(options.batch_size):
            loss = F.cross_entropy(model(inputs[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()


def measure(cell: str, options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Seconds of Recurra and of the plain script, round by round; the first round of each does not count."""
    random = np.random.default_rng(1)
    x = random.normal(size=(options.sequences, options.steps, FEATURES)).astype(np.float32)
    y = random.integers(0, CLASSES, options.sequences)
    sizes = {"hidden_size": options.hidden_size, "batch_size": options.batch_size, "epochs": options.epochs}
    same = {"bidirectional": False, "dropout": 0.0, "valid_fraction": 0.0, "learning_rate": RATE}
    ours, plain = [], []
    for _ in range(options.rounds + 1):
        began = time.perf_counter()
        SequenceClassifier(cell=cell, **sizes, **same).fit(x, y)
        between = time.perf_counter()
        train_plainly(x, y, cell, options)
        ours.append(between - began)
        plain.append(time.perf_counter() - between)
    return ours[1:], plain[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rounds", 5), ("epochs", 2), ("sequences", 2048), ("steps", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("hidden-size", 128), ("batch-size", 32)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    size = f"{options.batch_size} x {options.steps} x {options.hidden_size}"
    print(f"training a classifier, {size}, {FEATURES} features, float32, {torch.get_num_threads()} threads")
    print(f"{'':6}{'recurra, sequences/s':>22}{'plain PyTorch':>16}{'ratio, median (min-max)':>28}")
    for cell in LAYERS:
        ours, plain = measure(cell, options)
        count = options.sequences * options.epochs
        ratios = [p / o for p, o in zip(plain, ours, strict=True)]
        speeds = [count / statistics.median(seconds) for seconds in (ours, plain)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{cell:6}{speeds[0]:22,.0f}{speeds[1]:16,.0f}{spread:>28}")


if __name__ == "__main__":
    main()
