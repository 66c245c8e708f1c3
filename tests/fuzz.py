"""Spoil files of every format in many ways, and see that readers answer with a result or with one line: `make fuzz`.

python tests/fuzz.py [--cases 30000] [--seconds 1500] [--seed 1] [--only FORMAT] [--processes 2]

Prints how many cases came to what, and each fault once, with the command that shows it again. A fault is an exception
that is no DataError; a refusal of several lines, or one that names no file; no answer within `LIMIT` seconds; or the
end of the process. The exit code is 1 where there is one. A case is a function of the seed and of its number; the
spoilt files of faults are kept in build/fuzz.
"""

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import psutil
from fuzzing import worker
from fuzzing.formats import FORMATS

LIMIT = 10.0  # seconds of the processor for a case
FAULTS = ("foreign exception", "unclear refusal", "file not named", "hang", "crash")
KEPT = Path("build/fuzz")


@dataclass
class Tally:
    """What came of the cases, from all processes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    by_format: dict[str, Counter[str]] = field(default_factory=dict)
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, case: str, outcome: str, about: str, seeds: Path) -> None:
        """Count one; show and keep a fault that is new."""
        with self.lock:
            self.outcomes[outcome] += 1
            self.by_format.setdefault(name, Counter())[outcome] += 1
            kind = (name, outcome, about.partition(": ")[0])
            self.seen[kind] += 1
            if outcome in FAULTS and self.seen[kind] == 1:
                print(
                    f"{outcome}: {name}: {about}\n  again: python tests/fuzz.py --only {name!r} --case {case}",
                    flush=True,
                )
                folder = KEPT / f"{name} {case.replace('/', ' ')}"
                folder.mkdir(parents=True, exist_ok=True)
                worker.spoilt_copy(seeds, name, case, folder)


class Process:
    """A worker, started anew after it hung or died."""

    def __init__(self, seeds: Path):
        self.seeds = seeds
        self.start()

    def start(self) -> None:
        """Start the worker."""
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=worker.serve, args=(theirs, self.seeds), daemon=True)
        self.process.start()
        theirs.close()
        self.connection.recv()  # that it is ready, after some seconds of imports

    def run(self, name: str, case: str) -> tuple[str, str]:
        """Give what became of a case."""
        self.connection.send((name, case))
        try:
            if self._answers():
                outcome: tuple[str, str] = self.connection.recv()
                return outcome
            outcome = ("hang", f"no answer within {LIMIT:.0f} s")
        except (EOFError, ConnectionError):
            self.process.join()
            outcome = ("crash", f"exit code {self.process.exitcode}")
        self.stop()
        self.start()
        return outcome

    def _answers(self) -> bool:
        """Wait for an answer, by the processor's time: other programs may keep a machine busy."""
        begun, spent = time.monotonic(), self._seconds()
        while not self.connection.poll(0.5):
            if self._seconds() - spent > LIMIT or time.monotonic() - begun > 20 * LIMIT:
                return False
        return True

    def _seconds(self) -> float:
        """The processor's time that the worker has taken."""
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    def stop(self) -> None:
        """End the worker."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def _cases(names: list[str], count: int, seed: int, end: float) -> Iterator[tuple[str, str]]:
    """Cases until there are enough or the time is over."""
    for i in range(count):
        if time.monotonic() > end:
            return
        yield names[i % len(names)], f"{seed}/{i // len(names)}"


def _write_seeds(names: list[str], folder: Path) -> None:
    """Write the good files, and see that they are read."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    for name in names:
        (folder / name).mkdir()
        FORMATS[name].write(folder / name)
        FORMATS[name].use(folder / name)


def _search(names: list[str], options: argparse.Namespace, seeds: Path) -> Tally:
    tally = Tally()
    cases = _cases(names, options.cases, options.seed, time.monotonic() + options.seconds)
    lock = threading.Lock()

    def work() -> None:
        process = Process(seeds)
        while True:
            with lock:
                case = next(cases, None)
            if case is None:
                break
            tally.add(*case, *process.run(*case), seeds)
        process.stop()

    threads = [threading.Thread(target=work) for _ in range(options.processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def main() -> int:
    """Run the search."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument("--seconds", type=float, default=1500, help="end after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=list(FORMATS), help="a format; may be given several times")
    parser.add_argument("--case", help="show one case of the format again, such as 1/27")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    names = options.only or list(FORMATS)
    shutil.rmtree(KEPT, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _write_seeds(names, Path(folder))
        if options.case:
            shown = Path("build/fuzz-case")
            shutil.rmtree(shown, ignore_errors=True)
            file = worker.spoilt_copy(Path(folder), names[0], options.case, shown)
            print(file)
            FORMATS[names[0]].use(shown)
            return 0
        tally = _search(names, options, Path(folder))
    width = max(map(len, FORMATS))
    for name, counts in tally.by_format.items():
        print(f"{name:{width}}  " + ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items())))
    total = sum(tally.outcomes.values())
    print(f"{total:,} cases: " + ", ".join(f"{count:,} {outcome}" for outcome, count in tally.outcomes.most_common()))
    print("; ".join(f"{tally.outcomes[fault]:,} {fault}" for fault in FAULTS))
    return int(any(tally.outcomes[fault] for fault in FAULTS))


if __name__ == "__main__":
    sys.exit(main())
