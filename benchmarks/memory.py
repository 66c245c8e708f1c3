"""Memory while training on a text larger than one would want to load: a small text repeated up to 1 GB.

Starts the command `recurra train` in a process of its own, lets it prepare the text, train and validate for a while,
reads the peak of its resident memory from the kernel (mapped pages of the corpus count), and interrupts it.

    python benchmarks/memory.py [--gigabytes 1] [--steps 300] [--tokenizer char]
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from recurra.data.sources import texts


def write_text(path: Path, size: int) -> None:
    small = "".join(texts.resolve("python-docs")["train"].pieces()).encode()
    with path.open("wb") as file:
        for _ in range(size // len(small) + 1):
            file.write(small)


def peak(pid: int) -> int:
    """Peak resident memory of a process, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--tokenizer", choices=("char", "word", "bpe"), default="char")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text, run = Path(folder) / "large.txt", Path(folder) / "run"
        write_text(text, int(options.gigabytes * 1e9))
        command = [sys.executable, "-m", "recurra", "train", "language-model", str(text), "--out", str(run)]
        command += [f"--tokenizer={options.tokenizer}", "--valid-fraction=0.0001", f"--evaluate-every={options.steps}"]
        began = time.monotonic()
        environment = os.environ | {"XDG_CACHE_HOME": folder}  # the numbers of the text go with it
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        most, prepared = 0, 0.0
        while not (run / "metrics.jsonl").exists():
            if process.poll() is not None:
                sys.exit(f"the training ended with exit code {process.returncode}")
            most = max(most, peak(process.pid))
            if (run / "config.json").exists() and not prepared:
                prepared = time.monotonic() - began
                print(f"prepared in {prepared:.0f} s, peak {most / 1e9:.2f} GB", flush=True)
            time.sleep(0.2)
        record = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
        most = max(most, peak(process.pid))
        process.send_signal(signal.SIGTERM)
        process.wait()
        print(
            f"{text.stat().st_size / 1e9:.2f} GB of text, {options.tokenizer} symbols, LSTM 2 x 512: "
            f"{record['step']} steps in {record['seconds']:.0f} s; peak resident memory {most / 1e9:.2f} GB"
        )


if __name__ == "__main__":
    main()
