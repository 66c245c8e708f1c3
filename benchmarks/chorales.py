"""Polyphonic music: how well a network foretells the next frame of a chorale, in nats a frame.

The JSB chorales (Boulanger-Lewandowski et al., 2012) in the split and by the protocol of Bai et al. (2018, TCN): 88
keys a frame, 229, 76 and 77 chorales; each frame is foretold from those before it, from the second on; the score is
the sum of the 88 keys' nats, a mean over all frames of the part. Published, with 300,000 parameters: GRU 8.43, LSTM
8.45, TCN 8.10.

    RECURRA_DATA=... python benchmarks/chorales.py --seeds 1 2 3
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

import recurra

PARTS = ("train", "valid", "test")
SETTINGS: dict[str, Any] = {
    "cell": "lstm",
    "hidden_size": 208,
    "bidirectional": False,
    "per_step": True,
    "standardize": False,
    "epochs": 80,
    "batch_size": 4,
    "learning_rate": 1e-2,
    "average_decay": 0.998,
    "dropout": 0.3,
    "input_dropout": 0.2,
    "weight_dropout": 0.6,
    "weight_decay": 0.0,
    "warmup_steps": 50,
}


def read(part: str) -> list[np.ndarray]:
    """The chorales of a part, (T, 88) each."""
    file = Path(os.environ["RECURRA_DATA"]) / "jsb_chorales" / "JSB_Chorales.mat"
    return [chorale.astype(np.float32) for chorale in scipy.io.loadmat(file)[f"{part}data"][0]]


def to_foretell(chorales: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames, and the frame after each."""
    return [chorale[:-1] for chorale in chorales], [chorale[1:].astype(int) for chorale in chorales]


def transposed(chorales: list[np.ndarray], semitones: int) -> list[np.ndarray]:
    """The chorales in all keys up to so many semitones higher and lower."""
    return [np.roll(chorale, shift, 1) for chorale in chorales for shift in range(-semitones, semitones + 1)]


def nats_a_frame(model: recurra.SequenceClassifier, part: str) -> float:
    """The sum over the keys of -log p, a mean over all frames."""
    frames, after = to_foretell(read(part))
    probabilities = np.concatenate(model.predict_proba(frames)).astype(np.float64)  # (N, 88)
    truth = np.concatenate(after)  # (N, 88)
    right = np.where(truth == 1, probabilities, 1 - probabilities)
    return float(-np.log(np.maximum(right, 1e-12)).sum(1).mean())


def main() -> None:
    """Train once a seed and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--transpose", type=int, default=0, help="learn from all keys up to so many semitones away")
    parser.add_argument("--test", action="store_true", help="score the test part, too")
    parser.add_argument("settings", nargs="*", help="NAME=VALUE, of a classifier")
    options = parser.parse_args()
    changes = dict(setting.split("=") for setting in options.settings)
    settings = SETTINGS | {name: type(SETTINGS.get(name, 0.0))(value) for name, value in changes.items()}
    train = to_foretell(transposed(read("train"), options.transpose))
    results = []
    for seed in options.seeds:
        start = time.monotonic()
        model = recurra.SequenceClassifier(seed=seed, **settings)
        model.fit(*train, valid=to_foretell(read("valid")), progress=False)
        parts = PARTS if options.test else PARTS[:2]
        scores = [nats_a_frame(model, part) for part in parts]
        results.append(scores)
        assert model.network is not None
        count = sum(weights.numel() for weights in model.network.parameters())
        shown = "  ".join(f"{part} {score:.3f}" for part, score in zip(parts, scores, strict=True))
        print(f"seed {seed}  parameters {count:,}  {shown}  {(time.monotonic() - start) / 60:.1f} min", flush=True)
    if len(results) > 1:
        print("mean", np.mean(results, 0).round(3))


if __name__ == "__main__":
    main()
