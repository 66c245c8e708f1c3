"""Writing speed, one text at a time: Recurra beside a loop over torch.nn.LSTM and one over torch.nn.LSTMCell.

The same weights write the same number of characters by each way, in turn, round after round in one process, and the
ratio is taken round by round. Every way is tried with one thread and with all, and its better setting counts.

    python benchmarks/writing.py [--characters 400] [--rounds 7] [--hidden-size 512] [--num-layers 2]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recurra import LanguageModel

Write = Callable[[int], str]


def by_recurra(lm: LanguageModel) -> Write:
    return lambda length: lm.generate("a", length, seed=1)


def by_whole_layer(lm: LanguageModel) -> Write:
    """What a tutorial does: torch.nn.LSTM called on sequences of one step."""
    network: Any = lm.network
    config = lm.config
    lstm = nn.LSTM(network.embedding.embedding_dim, config.hidden_size, config.num_layers, batch_first=True).eval()
    lstm.load_state_dict(network.recurrent[0].state_dict())
    return lambda length: _loop(lm, lambda x, state: lstm(x.unsqueeze(1), state), length)


def by_cells(lm: LanguageModel) -> Write:
    """What an expert does by hand: torch.nn.LSTMCell, one a layer."""
    network: Any = lm.network
    weights = network.recurrent[0].all_weights
    cells = [nn.LSTMCell(w[0].shape[1], w[1].shape[1]) for w in weights]
    for cell, w in zip(cells, weights, strict=True):
        cell.load_state_dict(dict(zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), w, strict=True)))

    def step(x: Tensor, states: Any) -> tuple[Tensor, Any]:
        after = []
        for cell, state in zip(cells, states or [None] * len(cells), strict=True):
            after.append(cell(x, state))
            x = after[-1][0]
        return x.unsqueeze(1), after

    return lambda length: _loop(lm, step, length)


@torch.inference_mode()
def _loop(lm: LanguageModel, recurrence: Callable[[Tensor, Any], tuple[Tensor, Any]], length: int) -> str:
    network: Any = lm.network
    symbols = lm.tokenizer.symbols  # type: ignore[union-attr]
    generator = torch.Generator().manual_seed(1)
    symbol, state, text = torch.tensor([symbols.index("a")]), None, []
    for _ in range(length):
        h, state = recurrence(network.embedding(symbol), state)
        scores = F.linear(h[:, -1], network.output_weight, network.bias)
        symbol = torch.multinomial(scores.softmax(-1), 1, generator=generator)[0]
        text.append(symbols[int(symbol)])
    return "".join(text)


def _model(hidden_size: int, num_layers: int) -> LanguageModel:
    """A barely trained model: it is as fast as a good one."""
    alphabet = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n!?.,;:'-&3$"
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(alphabet * 40)
        settings: dict[str, Any] = {"epochs": 1, "batch_size": 4, "hidden_size": hidden_size, "num_layers": num_layers}
        return LanguageModel(**settings).fit(text, progress=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--num-layers", type=int, default=2)
    options = parser.parse_args()
    lm = _model(options.hidden_size, options.num_layers)
    ways = {"recurra": by_recurra(lm), "torch.nn.LSTM": by_whole_layer(lm), "torch.nn.LSTMCell": by_cells(lm)}
    seconds: dict[tuple[str, int], list[float]] = {}
    threads = sorted({1, torch.get_num_threads()})
    for round_number in range(options.rounds + 1):
        for count in threads:
            torch.set_num_threads(count)
            for name, write in ways.items():
                began = time.perf_counter()
                write(options.characters)
                if round_number:  # the first round warms up
                    seconds.setdefault((name, count), []).append(time.perf_counter() - began)
    best = {name: min((seconds[name, count] for count in threads), key=statistics.median) for name in ways}
    print(
        f"writing {options.characters} characters, batch 1, LSTM {options.num_layers} x {options.hidden_size}, float32"
    )
    print(f"{'':20}{'characters/s':>14}{'time / recurra, median (min-max)':>36}")
    for name in ways:
        ratios = [other / ours for other, ours in zip(best[name], best["recurra"], strict=True)]
        speed = options.characters / statistics.median(best[name])
        print(f"{name:20}{speed:14,.0f}{statistics.median(ratios):20.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


if __name__ == "__main__":
    main()
