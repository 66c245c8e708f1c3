"""Memory of a classifier's training on an .npz file, which may be larger than the machine's memory.

Writes the file, starts the command `recurra train classifier` on it, watches what the process holds itself (anonymous
pages; pages of the mapped file can be dropped at any time) and interrupts it after its first evaluation.

    python benchmarks/large_arrays.py [--gigabytes 26] [--steps 300] [--folder DIR]
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

STEPS, FEATURES, CLASSES, AT_ONCE = 500, 20, 10, 5000


def write(path: Path, size: float) -> int:
    """Write about so many bytes of sequences, noise with a level for each class; give how many there are."""
    count = int(size / (STEPS * FEATURES * 4) / AT_ONCE + 1) * AT_ONCE
    random = np.random.default_rng(1)
    y = random.integers(0, CLASSES, count)
    noise = random.normal(size=(AT_ONCE, STEPS, FEATURES)).astype(np.float32)
    with zipfile.ZipFile(path, "w") as file:
        with file.open("X.npy", "w", force_zip64=True) as member:
            header = {"descr": "<f4", "fortran_order": False, "shape": (count, STEPS, FEATURES)}
            np.lib.format.write_array_header_2_0(member, header)
            for start in range(0, count, AT_ONCE):
                level = y[start : start + AT_ONCE, None, None].astype(np.float32) / CLASSES
                member.write((noise + level).tobytes())
        with file.open("y.npy", "w") as member:
            np.lib.format.write_array(member, y)
    return count


def held(pid: int) -> float:
    """Gigabytes that a process holds itself."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e9 if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=26.0)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--folder", type=Path, help="on a disk with room for the file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file, run = Path(folder) / "large.npz", Path(folder) / "run"
        count = write(file, options.gigabytes * 1e9)
        print(f"{count} sequences, {file.stat().st_size / 1e9:.1f} GB", flush=True)
        command = [sys.executable, "-m", "recurra", "train", "classifier", str(file), "--out", str(run)]
        command += ["--valid-fraction=0.001", f"--evaluate-every={options.steps}", "--pooling=mean"]
        began, ready, most = time.monotonic(), 0.0, 0.0
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not (run / "metrics.jsonl").exists():
            if process.poll() is not None:
                sys.exit(f"the training ended with exit code {process.returncode}")
            most = max(most, held(process.pid))
            if (run / "config.json").exists() and not ready:
                ready = time.monotonic() - began
                print(f"read and measured in {ready:.0f} s, own memory at most {most:.2f} GB", flush=True)
            time.sleep(0.1)
        record = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
        process.send_signal(signal.SIGTERM)
        process.wait()
        print(f"{record['step']} steps in {record['seconds']:.0f} s, accuracy {record['valid_accuracy']:.2f}")
        print(f"own memory at most {most:.2f} GB")


if __name__ == "__main__":
    main()
