"""Compare opening and writing a run with what the safetensors library alone takes, interleaved.

Opening: the network built with its random start and filled by the library, against `recurra.load`, which builds it
without numbers, checks the header and the checksums. Writing: the library's save_file and fsync, against
`RunFolder.write_weights`.
Ratios above 1 mean that Recurra is faster.

    python benchmarks/run_files.py [--hidden-size 512] [--rounds 7]
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

import recurra
from recurra import LanguageModel
from recurra.training.run import RunFolder


def seconds(function: Callable[[], Any]) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def build_and_fill(model: LanguageModel, file: Path) -> None:
    model._build().load_state_dict(load_file(file))


def save_and_flush(weights: dict[str, Any], file: Path) -> None:
    save_file(weights, file)
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text("the old king and the sea went to war again\n" * 50)
        small = {"epochs": 1, "batch_size": 2, "sequence_length": 10, "max_minutes": 0.001}
        model = LanguageModel(hidden_size=options.hidden_size, **small).fit(text, progress=False)
        model.save(Path(folder) / "run")
        run = RunFolder(Path(folder) / "run")
        weights = model.network.state_dict()
        size = sum(value.numel() * value.element_size() for value in weights.values())
        ratios: dict[str, list[float]] = {"opening": [], "writing": []}
        for _ in range(options.rounds):
            library = seconds(lambda: build_and_fill(model, run.weights_file))
            ratios["opening"].append(library / seconds(lambda: recurra.load(run.path)))
            library = seconds(lambda: save_and_flush(weights, Path(folder) / "library.safetensors"))
            ratios["writing"].append(library / seconds(lambda: run.write_weights(model.network)))
    print(f"weights of {size / 1e6:.1f} MB, hidden_size {options.hidden_size}")
    for name, values in ratios.items():
        print(
            f"{name}: {statistics.median(values):.2f} of the library's speed ({min(values):.2f} to {max(values):.2f})"
        )


if __name__ == "__main__":
    main()
