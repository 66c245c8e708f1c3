"""Training speed: Recurra's whole `fit` beside a plain PyTorch script that trains the same model on the same batches.

Both read the same text, cut it into the same streams, carry the state, drop out, clip, take AdamW steps, validate once
an epoch and keep the best weights; they run in turn, round after round in one process, and the ratio is taken round by
round. The plain script is written as an expert would: fused AdamW, one call of torch.nn.LSTM, nothing logged. With
`--precision bf16` it runs in float32 and within autocast to bfloat16, and the faster of the two counts.

    python benchmarks/training.py [--rounds 5] [--cell lstm] [--hidden-size 512] [--num-layers 2] [--tokenizer char]
        [--precision bf16]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import LanguageModel
from recurra.data.sources import texts

BATCH, STEPS, DROPOUT, RATE = 64, 128, 0.2, 2e-3


class PlainModel(nn.Module):
    def __init__(self, symbols: int, cell: str, hidden_size: int, num_layers: int):
        super().__init__()
        self.embedding = nn.Embedding(symbols, hidden_size)
        layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
        self.rnn = layer(hidden_size, hidden_size, num_layers, dropout=DROPOUT)
        self.drop = nn.Dropout(DROPOUT)
        self.decoder = nn.Linear(hidden_size, symbols)
        self.decoder.weight = self.embedding.weight

    def forward(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        h, state = self.rnn(self.embedding(x), state)
        return self.decoder(self.drop(h)), state


def train_plainly(
    train: np.ndarray, valid: np.ndarray, symbols: int, options: argparse.Namespace, bf16: bool = False
) -> None:
    torch.manual_seed(1)
    model = PlainModel(symbols, options.cell, options.hidden_size, options.num_layers)
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    x, y = _streams(train, BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs * (len(x) // STEPS + 1))
    best = float("inf")
    for _ in range(options.epochs):
        model.train()
        state: Any = None
        for start in range(0, len(x), STEPS):
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                scores, state = model(x[start : start + STEPS], state)
                loss = F.cross_entropy(scores.flatten(0, 1), y[start : start + STEPS].flatten())
            state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        model.eval()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            state, total = None, 0.0
            vx, vy = _streams(valid, max(1, min(32, len(valid) // 1024)))
            for start in range(0, len(vx), 256):
                scores, state = model(vx[start : start + 256], state)
                target = vy[start : start + 256].flatten()
                total += float(F.cross_entropy(scores.flatten(0, 1), target, reduction="sum"))
        if total < best:
            best = total
            kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)


def _streams(numbers: np.ndarray, size: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (steps of the whole text, size)."""
    length = (len(numbers) - 1) // size
    text = torch.from_numpy(numbers.astype(np.int64))
    x, y = (text[start : start + length * size].view(size, length).T.contiguous() for start in (0, 1))
    return x, y


class Times(NamedTuple):
    """Seconds of each round, and what was trained on."""

    recurra: list[float]
    plain: list[float]
    plain_bf16: list[float]  # where it ran so
    symbols: int
    tokens: int

    def ratios(self) -> list[float]:
        best = min(filter(None, (self.plain, self.plain_bf16)), key=statistics.median)
        return [plain / ours for plain, ours in zip(best, self.recurra, strict=True)]


def measure(options: argparse.Namespace) -> Times:
    """Train both in turn, round after round."""
    settings: dict[str, Any] = {
        name: getattr(options, name) for name in ("epochs", "cell", "tokenizer", "hidden_size", "num_layers")
    }
    settings |= {"batch_size": BATCH, "sequence_length": STEPS, "dropout": DROPOUT, "variational_dropout": False}
    bf16 = options.precision == "bf16"
    lm = LanguageModel(**settings, learning_rate=RATE, precision=options.precision)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "train.txt", Path(folder) / "valid.txt"
        text = "".join(texts.resolve("python-docs")["train"].pieces())[: options.characters]
        cut = len(text) - len(text) // 10
        files[0].write_text(text[:cut])
        files[1].write_text(text[cut:])
        lm.fit(files[0], files[1], progress=False)  # makes the symbols
        numbers = [lm.tokenizer.encode(file.read_text()) for file in files]  # type: ignore[union-attr]
        symbols = len(lm.tokenizer)  # type: ignore[arg-type]
        ways = {
            "ours": partial(lm.fit, files[0], files[1], progress=False),
            "plain": partial(train_plainly, *numbers, symbols, options),
        }
        if bf16:
            ways["plain bf16"] = partial(train_plainly, *numbers, symbols, options, bf16=True)
        times: dict[str, list[float]] = {"ours": [], "plain": [], "plain bf16": []}
        for number in range(options.rounds + 1):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                if number:  # the first warms up
                    times[name].append(time.perf_counter() - began)
    return Times(*times.values(), symbols, options.epochs * len(numbers[0]))


def read(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--characters", type=int, default=250_000)
    parser.add_argument("--cell", choices=("lstm", "gru", "rnn"), default="lstm")
    parser.add_argument("--tokenizer", choices=("char", "word"), default="char")
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--num-layers", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    return parser.parse_args(arguments)


def main() -> None:
    options = read()
    times = measure(options)
    ratios = times.ratios()
    print(
        f"{options.cell} {options.num_layers} x {options.hidden_size}, {times.symbols:,} {options.tokenizer} symbols, "
        f"batch {BATCH} x {STEPS}, {options.precision}, {torch.get_num_threads()} threads, {options.rounds} rounds"
    )
    ways = {"recurra": times.recurra, "plain PyTorch": times.plain, "plain, autocast": times.plain_bf16}
    for name, seconds in ways.items():
        if seconds:
            print(f"{name:15}{times.tokens / statistics.median(seconds):10,.0f} tokens/s")
    print(f"plain time / recurra time: median {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})")


if __name__ == "__main__":
    main()
