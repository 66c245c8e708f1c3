"""Kill trainings of every job with SIGKILL at random moments, resume them, and compare them with trainings left alone.

Each trial runs the command `recurra train` in a process of its own and kills it: every second one before its first
step or shortly after, the others at a moment drawn uniformly from the length of the whole training. Where the folder
holds no run yet, the same command begins again; else the run is resumed, in every third trial killed once more, and
resumed to the end. Weights must then be the same to the bit, scores and vocabularies too. Data are made here; the
processes are forked from this one, which has loaded PyTorch, so that a trial takes a few seconds.

    python benchmarks/resume.py [--trials 96] [--seed 1]
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import altair
import numpy as np
import sacrebleu
import sklearn.metrics
import sklearn.utils.class_weight
import torch._dynamo  # optimizers ask for it
import vl_convert

from recurra.cli import app, train

LOADED = (altair, vl_convert, train, sacrebleu, sklearn.metrics, sklearn.utils.class_weight, torch._dynamo)
LIMIT = 120.0  # seconds that a process may take
COMMON = ["--threads=1", "--hidden-size=16", "--dropout=0.3", "--checkpoint-seconds=0.02", "--average-decay=0.99"]
WORDS = ["the", "cat", "dog", "ran", "sat", "on", "a", "mat", "and", "slept"]


def language_model(folder: Path, draw: np.random.Generator) -> list[str]:
    text = folder / "text.txt"
    text.write_text(" ".join(draw.choice(WORDS, 4000)) + "\n")
    return [str(text), "--batch-size=8", "--sequence-length=20", "--num-layers=1", "--weight-dropout=0.2", "--epochs=3"]


def classifier(folder: Path, draw: np.random.Generator) -> list[str]:
    table = folder / "classes.csv"
    _write_table(table, draw, ["up", "down", "flat"])
    return [str(table), "--class-weight=balanced", "--noise=0.1", "--epochs=8"]


def regressor(folder: Path, draw: np.random.Generator) -> list[str]:
    table = folder / "numbers.csv"
    _write_table(table, draw, None)
    return [str(table), "--cell=gru", "--input-dropout=0.1", "--epochs=8"]


def _write_table(path: Path, draw: np.random.Generator, classes: list[str] | None) -> None:
    """Series of eight steps, far from 0 and of unlike size, so that it shows whether they were standardized."""
    rows = []
    for series in 50 + 9 * draw.normal(size=(400, 8)):
        target = classes[int(draw.choice(3, p=[0.7, 0.2, 0.1]))] if classes else f"{series[-1] - series[0]:.3f}"
        rows.append(",".join([*(f"{value:.3f}" for value in series), target]))
    path.write_text("\n".join([",".join([*(f"t{step}" for step in range(8)), "target"]), *rows]) + "\n")


def tagger(folder: Path, draw: np.random.Generator) -> list[str]:
    sentences = [draw.choice(WORDS, 3 + n % 5) for n in range(200)]
    words, vectors = folder / "words.conll", folder / "vectors.txt"
    words.write_text("\n".join("".join(f"{word} {word[-1].upper()}\n" for word in words) for words in sentences))
    numbers = draw.normal(size=(len(WORDS), 6))
    vectors.write_text("".join(f"{w} {' '.join(map(str, row))}\n" for w, row in zip(WORDS, numbers, strict=True)))
    return [str(words), f"--vectors={vectors}", "--token-dropout=0.2", "--epochs=3"]


def translator(folder: Path, draw: np.random.Generator) -> list[str]:
    sentences = [" ".join(draw.choice(WORDS, 2 + n % 4)) for n in range(200)]
    for side, texts in (("de", sentences), ("en", [text[::-1] for text in sentences])):
        (folder / f"pairs.{side}").write_text("\n".join(texts) + "\n")
    files = [str(folder / f"pairs.{side}") for side in ("de", "en")]
    return [*files, "--scheduled-sampling=0.3", "--batch-size=32", "--epochs=2"]


JOBS = {
    "language-model": language_model,
    "classifier": classifier,
    "regressor": regressor,
    "tagger": tagger,
    "translator": translator,
}


class Process:
    """The command `recurra` in a forked process."""

    def __init__(self, arguments: list[str]):
        self.began = time.monotonic()
        self.id = os.fork()
        if self.id == 0:
            _run(arguments)

    def wait(self, seconds: float) -> int | None:
        """Wait for the end at most so long; return the exit code, or None."""
        deadline = self.began + seconds
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self.id, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.001)
        return None

    def kill(self) -> None:
        os.kill(self.id, signal.SIGKILL)
        os.waitpid(self.id, 0)


def _run(arguments: list[str]) -> None:
    """Become the command; does not return."""
    code = 1
    try:
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        code = app.main(arguments)
    finally:
        os._exit(code)


def finish(arguments: list[str]) -> int:
    """Run to the end; return the exit code, or -1 where it takes too long."""
    process = Process(arguments)
    code = process.wait(LIMIT)
    if code is None:
        process.kill()
        return -1
    return code


def digest(run: Path) -> str:
    """Of all that a run has learnt, and its scores; not of the times it took."""
    total = hashlib.sha256()
    for name in ("model.safetensors", "tokenizer.json", "labels.json", "lexicon.json"):
        for file in sorted(run.rglob(name)):
            total.update(file.read_bytes())
    for line in (run / "metrics.jsonl").read_text().splitlines():
        total.update(json.dumps(json.loads(line) | {"seconds": 0}).encode())
    return total.hexdigest()[:16]


class Job:
    """A job with its data, and what a training that is left alone ends with."""

    def __init__(self, name: str, folder: Path, seed: int):
        data = JOBS[name](folder, np.random.default_rng(seed))
        self.name, self.folder = name, folder
        self.command = ["train", name, *data, *COMMON, "--evaluate-every=7"]
        whole = folder / "whole"
        process = Process([*self.command, "--out", str(whole)])
        while not (whole / "config.json").exists() and time.monotonic() < process.began + LIMIT:
            time.sleep(0.001)
        self.until_run = time.monotonic() - process.began
        if (code := process.wait(LIMIT)) != 0:
            process.kill() if code is None else None
            sys.exit(f"{name}: the training that was left alone ended with exit code {code}")
        self.duration, self.expected = time.monotonic() - process.began, digest(whole)

    def trial(self, number: int, draw: random.Random) -> tuple[str, str]:
        """Kill and resume once; return when it was killed, and how that ended."""
        run = self.folder / f"trial {number}"
        early = number % 2 == 0
        begin = [*self.command, "--out", str(run)]
        process = Process(begin)
        moment = self.until_run * draw.uniform(0.3, 2.5) if early else draw.uniform(0, self.duration)
        if process.wait(moment) is None:
            process.kill()
        when = self._when(run)
        again = begin if when == "before it is a run" else ["train", "--resume", str(run)]
        if number % 3 == 0:
            process = Process(again)
            if process.wait(draw.uniform(0, self.duration)) is None:
                process.kill()
            again = ["train", "--resume", str(run)] if (run / "config.json").exists() else begin
        code = finish(again)
        how = (
            f"exit code {code}" if code else "identical" if digest(run) == self.expected else "OTHER WEIGHTS OR SCORES"
        )
        shutil.rmtree(run)
        return when, how

    def _when(self, run: Path) -> str:
        """How far a killed training had come."""
        if not (run / "config.json").exists():
            return "before it is a run"
        log = run / "metrics.jsonl"
        return "before the first evaluation" if not log.exists() else "later"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=96)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    assert all(LOADED)
    draw, counts, began = random.Random(options.seed), Counter[tuple[str, str, str]](), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CACHE_HOME"] = str(Path(name) / "cache")
        jobs = []
        for job in JOBS:
            (Path(name) / job).mkdir()
            jobs.append(Job(job, Path(name) / job, options.seed))
            print(f"{job}: left alone {jobs[-1].duration:.1f} s, a run after {jobs[-1].until_run:.2f} s", flush=True)
        for number in range(options.trials):
            job = jobs[number % len(jobs)]
            when, how = job.trial(number // len(jobs), draw)
            counts[job.name, when, how] += 1
            print(f"{number + 1:3}  {job.name:14}  killed {when}: {how}", flush=True)
    print(f"\n{'job':14}  {'killed':27}  outcome")
    for (job, when, how), count in sorted(counts.items()):
        print(f"{job:14}  {when:27}  {how}: {count}")
    identical = sum(count for (_, _, how), count in counts.items() if how == "identical")
    print(f"\n{identical} of {options.trials} identical, in {time.monotonic() - began:.0f} s")
    sys.exit(identical != options.trials)


if __name__ == "__main__":
    main()
