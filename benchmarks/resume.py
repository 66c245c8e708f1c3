"""Kill a training with SIGKILL at random moments, resume it, and compare its weights with those of one left alone.

Each trial starts the command `recurra train` in a process of its own, kills it at a moment drawn uniformly from the
length of the whole training (from when the run folder holds a run), resumes it, kills the resumed process too in every
second trial, and resumes again to the end.

    python benchmarks/resume.py [--trials 10] [--seed 1]
"""

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECURRA = [sys.executable, "-m", "recurra"]
SETTINGS = [
    "--hidden-size=64",
    "--num-layers=1",
    "--epochs=2",
    "--dropout=0.3",
    "--weight-dropout=0.2",
    "--average-decay=0.99",
]
SETTINGS += ["--evaluate-every=20", "--checkpoint-seconds=0.5"]


def train(run: Path) -> subprocess.Popen[bytes]:
    return _start(["train", "language-model", "python-docs", "--out", str(run), *SETTINGS])


def resume(run: Path) -> subprocess.Popen[bytes]:
    return _start(["train", "--resume", str(run)])


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*RECURRA, *arguments], stderr=subprocess.DEVNULL)


def wait_for_run(run: Path, process: subprocess.Popen[bytes]) -> None:
    while not (run / "config.json").exists():
        if process.poll() is not None:
            sys.exit(f"the training ended with exit code {process.returncode} before it began")
        time.sleep(0.005)


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill a process after some time; return whether it was still running."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def digest(run: Path) -> str:
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    identical = 0
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        process = train(whole)
        wait_for_run(whole, process)
        began = time.monotonic()
        if process.wait():
            sys.exit(f"the training failed with exit code {process.returncode}")
        duration, expected = time.monotonic() - began, digest(whole)
        print(f"left alone: {duration:.1f} s, weights {expected}", flush=True)
        for trial in range(1, options.trials + 1):
            run = Path(folder) / f"trial {trial}"
            moments = [draw.uniform(0, duration)]
            process = train(run)
            wait_for_run(run, process)
            killed = kill_after(process, moments[0])
            if trial % 2 == 0:
                moments.append(draw.uniform(0, duration / 2))
                killed = kill_after(resume(run), moments[1]) or killed
            failed = resume(run).wait()
            same = not failed and digest(run) == expected
            identical += same
            at = " and ".join(f"{moment:.2f} s" for moment in moments)
            print(
                f"{trial:3}  {'killed' if killed else 'over'} at {at}: "
                f"{'identical' if same else f'DIFFERENT (exit code {failed})'}",
                flush=True,
            )
    print(f"{identical} of {options.trials} ended with identical weights")
    sys.exit(identical != options.trials)


if __name__ == "__main__":
    main()
