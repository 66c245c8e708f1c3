"""Whether five small trainings, one a job, still end with the weights that they ended with before a change.

    python benchmarks/same_weights.py             compare with same_weights.json
    python benchmarks/same_weights.py --write     replace same_weights.json

Values are compared, whatever their names are: of each training the digests of all tensors of its weights, in any order.
So that every processor computes the same, torch and the kernels are held to the oldest instructions and to one thread.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

OLDEST_INSTRUCTIONS = {
    "RECURRA_KERNELS": "v2",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OMP_NUM_THREADS": "1",
}
os.environ.update(OLDEST_INSTRUCTIONS)  # before torch is imported, which reads them once

import numpy as np  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

import recurra  # noqa: E402

FILE = Path(__file__).with_suffix(".json")
WORDS = ("old", "king", "saw", "small", "dog", "and", "two", "red", "birds", "near", "his", "house", "today")


def text(lines: int, seed: int) -> list[str]:
    """Lines of five to nine words."""
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(5, 9))) for _ in range(lines)]


def language_model(folder: Path) -> Any:
    settings = {"hidden_size": 24, "num_layers": 2, "dropout": 0.2, "epochs": 2, "batch_size": 4, "seed": 1}
    file = folder / "text.txt"
    file.write_text("\n".join(text(300, 1)), encoding="utf-8")
    return recurra.LanguageModel(**settings), (file,)


def classifier(folder: Path) -> Any:
    values = np.random.default_rng(2).normal(size=(120, 15, 3)).astype(np.float32)  # (N, T, I)
    labels = np.where(values[:, -3:, 0].sum(axis=1) > 0, "up", "down")
    settings = {"cell": "lstm", "hidden_size": 16, "dropout": 0.1, "epochs": 3, "batch_size": 16, "seed": 2}
    return recurra.SequenceClassifier(**settings), (values, labels)


def regressor(folder: Path) -> Any:
    values = np.random.default_rng(3).normal(size=(120, 15, 3)).astype(np.float32)  # (N, T, I)
    settings = {"cell": "gru", "hidden_size": 16, "dropout": 0.1, "epochs": 3, "batch_size": 16, "seed": 3}
    return recurra.SequenceRegressor(**settings), (values, values[:, :, 1].mean(axis=1))


def tagger(folder: Path) -> Any:
    sentences = [line.split() for line in text(150, 4)]
    labels = [["B-N" if word in ("king", "dog", "birds", "house") else "O" for word in words] for words in sentences]
    return recurra.Tagger(hidden_size=16, epochs=2, batch_size=16, seed=4), (sentences, labels)


def translator(folder: Path) -> Any:
    sources = text(150, 5)
    targets = [" ".join(reversed(source.split())) for source in sources]
    settings = {"hidden_size": 16, "embedding_size": 12, "epochs": 2, "batch_size": 16, "seed": 5}
    return recurra.Translator(**settings, valid_fraction=0.1), (sources, targets)


def digests(weights: Path) -> list[str]:
    """A digest of the values of each tensor in a file, sorted."""
    return sorted(
        hashlib.sha256(f"{array.shape}".encode() + array.tobytes()).hexdigest()[:16]
        for array in load_file(weights).values()
    )


def train(job: Any) -> list[str]:
    """Train a job with its settings; the digests of its best weights."""
    with tempfile.TemporaryDirectory() as folder:
        model, data = job(Path(folder))
        model.fit(*data, out=Path(folder) / "run", progress=False)
        return digests(Path(folder) / "run" / "model.safetensors")


def main() -> None:
    """Train and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    now = {job.__name__: train(job) for job in (language_model, classifier, regressor, tagger, translator)}
    if options.write:
        FILE.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return
    before = json.loads(FILE.read_text(encoding="utf-8"))
    differ = 0
    for job, tensors in now.items():
        changed = Counter(before[job]) - Counter(tensors)
        differ += changed.total()
        print(f"{job:15} {len(tensors)} tensors, {changed.total()} of the {len(before[job])} before are not among them")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
