"""Keras programs on Recurra's layers beside the same programs on Keras' own, both on Keras' torch backend.

Each runs in a process of its own; the fits take turns, round after round, and the ratio is taken round by round.

    python benchmarks/keras_program.py [--rounds 5] [--threads 2]
"""

import argparse
import statistics

import torch
from keras_fit import Worker

SERIES = {"program": "series", "sequences": 512, "steps": 100, "hidden_size": 128, "batch_size": 32, "epochs": 1}
PROGRAMS = {
    "course: 4 sequences, 2 steps, SimpleRNN(50), 200 epochs": {"program": "course"},
    "SimpleRNN(128), 100 steps": SERIES | {"cell": "rnn"},
    "LSTM(128), 100 steps": SERIES | {"cell": "lstm"},
    "GRU(128), 100 steps": SERIES | {"cell": "gru"},
    "Bidirectional(LSTM(128)), 100 steps": SERIES | {"cell": "lstm", "bidirectional": True},
    "GRU(128), 20 to 100 steps, masked": SERIES | {"cell": "gru", "shortest": 20},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    workers = [Worker("torch", of, options.threads) for of in ("keras", "recurra")]
    print(f"model.fit, 32 sequences a batch, Keras on torch, {options.threads} threads")
    print(f"{'':58}{'Keras, s':>10}{'on kernels':>12}{'ratio, median (min-max)':>26}")
    for name, request in PROGRAMS.items():
        rounds = [[worker.fit(request) for worker in workers] for _ in range(options.rounds)]
        ratios = [own / ours for own, ours in rounds]
        own, ours = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{name:58}{own:10.3f}{ours:12.3f}{spread:>26}", flush=True)
    for worker in workers:
        worker.close()


if __name__ == "__main__":
    main()
