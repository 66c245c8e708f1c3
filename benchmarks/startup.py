"""How long commands take before anything is computed, beside `python -c "import torch"`.

    python benchmarks/startup.py [--rounds 9]

Each is a process of its own, in turn, round after round; a ratio is its time over the import's, and the median counts.
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "import torch": ["-c", "import torch"],
    "recurra --help": ["-m", "recurra", "--help"],
    "recurra --version": ["-m", "recurra", "--version"],
    "recurra data": ["-m", "recurra", "data"],
    "recurra train tagger --help": ["-m", "recurra", "train", "tagger", "--help"],
    "import recurra": ["-c", "import recurra"],
    "python": ["-c", ""],
}


def seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    for name, measured in times.items():
        ratios = [time / reference for time, reference in zip(measured, times["import torch"], strict=True)]
        print(f"{name:28} {statistics.median(measured):6.3f} s, {statistics.median(ratios):.2f} of the import")


if __name__ == "__main__":
    main()
