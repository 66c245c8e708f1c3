"""Training speed of a classifier: Recurra's whole `fit` beside the same network in plain PyTorch and in Keras.

All are given the same arrays, shuffle them each epoch and take Adam's steps; they run in turn, round after round, and
the ratio is taken round by round. Recurra and plain PyTorch also standardize and clip. The plain script is written as
an expert would: fused AdamW, one call of torch.nn's layer, tensors ready in memory, nothing logged. Keras runs its
`model.fit` in a process for each backend, compiled before the first round.

    python benchmarks/classifier.py [--rounds 5] [--sequences 2048] [--steps 100] [--hidden-size 128] [--batch-size 32]
"""

import argparse
import statistics
from collections.abc import Callable

import numpy as np
import torch
from keras_fit import CLASSES, FEATURES, RATE, Worker, series, timed
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import SequenceClassifier

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


def contenders(cell: str, options: argparse.Namespace, keras: dict[str, Worker]) -> dict[str, Callable[[], float]]:
    """What gives the seconds of one more fit, by name; Recurra is first."""
    x, y = series(options.sequences, options.steps)
    sizes = {"hidden_size": options.hidden_size, "batch_size": options.batch_size, "epochs": options.epochs}
    same = {"bidirectional": False, "dropout": 0.0, "valid_fraction": 0.0, "learning_rate": RATE}
    request = {"program": "series", "cell": cell, "sequences": options.sequences, "steps": options.steps, **sizes}
    return {
        "Recurra": lambda: timed(lambda: SequenceClassifier(cell=cell, **sizes, **same).fit(x, y)),
        "plain PyTorch": lambda: timed(lambda: train_plainly(x, y, cell, options)),
        **{name: lambda worker=worker: worker.fit(request) for name, worker in keras.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rounds", 5), ("epochs", 2), ("sequences", 1024), ("steps", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (("hidden-size", 128), ("batch-size", 32), ("threads", torch.get_num_threads())):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keras = {f"Keras, {backend}": Worker(backend, "keras", options.threads) for backend in ("torch", "jax")}
    size = f"{options.batch_size} x {options.steps} x {options.hidden_size}"
    print(f"training a classifier, {size}, {FEATURES} features, float32, {options.threads} threads")
    print(f"{'':6}{'':16}{'sequences/s':>12}{'their time over ours, median (min-max)':>42}")
    for cell in LAYERS:
        ways = contenders(cell, options, keras)
        for fit in ways.values():
            fit()  # does not count
        rounds = [[fit() for fit in ways.values()] for _ in range(options.rounds)]
        for name, seconds in zip(ways, zip(*rounds, strict=True), strict=True):
            speed = options.sequences * options.epochs / statistics.median(seconds)
            ratios = [theirs / ours for theirs, (ours, *_) in zip(seconds, rounds, strict=True)]
            spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
            print(f"{cell:6}{name:16}{speed:12,.0f}{spread if name != 'Recurra' else '':>42}", flush=True)
    for worker in keras.values():
        worker.close()


if __name__ == "__main__":
    main()
