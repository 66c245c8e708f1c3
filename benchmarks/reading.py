"""Memory and time of reading long sequences: `fit`, and then `predict` on as many again, in a process each.

`predict` reads by a budget of steps, so that its peak stays near that of `fit`, however long the sequences are.

    python benchmarks/reading.py [--sequences 300] [--steps 4000] [--features 4] [--hidden-size 128]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from recurra import SequenceClassifier, load


def peak() -> float:
    """Peak resident memory of this process, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def work(options: argparse.Namespace) -> None:
    """Do one of both, and print what it took."""
    x = np.random.default_rng(0).normal(size=(options.sequences, options.steps, options.features)).astype(np.float32)
    y = x[:, :, 0].sum(1) > 0
    before, began = peak(), time.monotonic()
    if options.only == "fit":
        settings = {"epochs": 1, "hidden_size": options.hidden_size, "batch_size": 8, "threads": options.threads}
        SequenceClassifier(**settings, valid_fraction=0.0).fit(x, y, out=options.run)
    else:
        load(options.run).predict(x)
    print(
        f"{options.only:8} {options.sequences} x {options.steps:,} steps: peak {peak():.2f} GB "
        f"({before:.2f} before), {time.monotonic() - began:.1f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=300)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--features", type=int, default=4)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--only", choices=("fit", "predict"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        work(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        for only in ("fit", "predict"):
            command = [sys.executable, *sys.argv, "--only", only, "--run", str(Path(folder) / "run")]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
