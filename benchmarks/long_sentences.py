"""What `recurra tag` costs on long lines and long files: seconds, memory, and when the first answer comes.

    python benchmarks/long_sentences.py [--words 10000 50000] [--lines 10000]

A tagger of the default size learns from made sentences for a moment; the command then labels one line of so many words,
and a file of so many lines of 20 words. What an empty file costs (Python, torch, the run) is taken off.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECURRA = [sys.executable, "-m", "recurra"]
WORDS = [f"word{i}" for i in range(500)] + [f"Name{i}" for i in range(100)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--lines", type=int, default=10_000)
    options = parser.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        run, text = Path(folder) / "run", Path(folder) / "text.txt"
        _train(run)
        text.write_text("")
        empty = _tag(run, text)
        print(f"{'':>20} {'first, s':>9} {'all, s':>9} {'peak, MB':>9}")
        print(f"{'nothing':>20} {'':>9} {empty[1]:9.2f} {empty[2]:9.0f}")
        for count in options.words:
            text.write_text(" ".join(random.choices(WORDS, k=count)) + "\n")
            _print(f"{count:,} words", _tag(run, text), empty)
        lines = (" ".join(random.choices(WORDS, k=20)) for _ in range(options.lines))
        text.write_text("\n".join(lines) + "\n")
        _print(f"{options.lines:,} lines", _tag(run, text), empty)


def _train(run: Path) -> None:
    """Names are persons, of one word or two; in a process of its own, so that this one stays small."""
    lines = []
    for _ in range(500):
        inside = False
        for word in random.choices(WORDS, k=20):
            label = "O" if not word.startswith("Name") else "I-PER" if inside else "B-PER"
            inside = label != "O"
            lines.append(f"{word} {label}")
        lines.append("")
    file = run.with_name("train.conll")
    file.write_text("\n".join(lines) + "\n")
    command = [*RECURRA, "train", "tagger", str(file), "--out", str(run), "--epochs", "3"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _tag(run: Path, text: Path) -> tuple[float, float, float]:
    """Seconds to the first line, seconds in all, and the largest memory, in MB."""
    began = time.perf_counter()
    process = subprocess.Popen([*RECURRA, "tag", str(run), str(text), "--no-split"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    first = time.perf_counter() - began
    for _ in process.stdout:
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return first, time.perf_counter() - began, usage.ru_maxrss / 1024


def _print(name: str, measured: tuple[float, float, float], empty: tuple[float, float, float]) -> None:
    first, whole, memory = measured
    print(f"{name:>20} {first - empty[1]:9.2f} {whole - empty[1]:9.2f} {memory:9.0f}", flush=True)


if __name__ == "__main__":
    main()
