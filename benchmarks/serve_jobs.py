"""How many sentences a second a server tags for many clients, beside `recurra tag` on the same file.

    python benchmarks/serve_jobs.py [--clients 64] [--sentences 2000] [--rounds 3] [--threads 1] [--workers 1]

A tagger that has learnt a little of CoNLL-2000 (in $RECURRA_DATA) is served in a process of its own. In turn, round
after round: `recurra tag RUN FILE --json`, less what it takes on a file of one sentence; and clients over loopback
(wrk, of Debian's package), each of which sends a sentence a request, and the next when it has its answer. Of both the
median of the rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from recurra import Tagger
from recurra.bench.machine import processor
from recurra.bench.server_process import server_process
from recurra.data.sources import tagged

COMMAND = [sys.executable, "-m", "recurra"]


def make_run(folder: Path) -> Path:
    """A tagger of the usual size, hardly trained: its speed does not depend on what it has learnt."""
    train = tagged.resolve("conll2000")["train"].select(list(range(900)))
    tagger = Tagger(epochs=1)
    tagger.fit(train.words, next(iter(train.labels.values())), out=folder / "chunks", progress=False)
    return folder / "chunks"


def from_file(run: Path, file: Path) -> float:
    """Seconds of the command."""
    began = time.perf_counter()
    subprocess.run([*COMMAND, "tag", str(run), str(file), "--json"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


SCRIPT = """
local bodies, i = {BODIES}, 0
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
request = function()
  i = i % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[i])
end
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print("of wrk", summary.requests * 1e6 / summary.duration, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        failed)
end
"""


def over_http(url: str, script: Path, clients: int, seconds: int) -> tuple[float, float, float]:
    """Requests a second over so many connections, the median and the 99th percentile of their milliseconds.

    Raises:
        SystemExit: wrk is not installed, or a request has failed.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("expected wrk, of Debian's package wrk, got none")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", str(script), url]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, median, highest, failed = map(float, out.split("of wrk")[1].split())
    if failed:
        raise SystemExit(f"{failed:.0f} requests have failed: {out}")
    return rate, median, highest


def measure(address: str, run: Path, folder: Path, arguments: argparse.Namespace) -> None:
    sentences = [words for words in tagged.resolve("conll2000")["test"].words if words][: arguments.sentences]
    one, all_of_them = folder / "one.jsonl", folder / "all.jsonl"
    one.write_text(json.dumps({"words": sentences[0]}) + "\n")
    all_of_them.write_text("".join(json.dumps({"words": words}) + "\n" for words in sentences))
    script, url = folder / "tag.lua", f"{address}/v1/runs/{run.name}/describe"
    bodies = ",".join(f"[==[{json.dumps({'inputs': [words]})}]==]" for words in sentences)
    script.write_text(SCRIPT.replace("BODIES", bodies))
    over_http(url, script, arguments.clients, 3)  # warms up
    speeds: dict[str, list[float]] = {}
    delays: list[tuple[float, float]] = []
    for _ in range(arguments.rounds):
        seconds = from_file(run, all_of_them) - from_file(run, one)
        speeds.setdefault("`recurra tag`, a file", []).append(len(sentences) / seconds)
        for clients in (1, arguments.clients):
            rate, *of_requests = over_http(url, script, clients, 4)
            speeds.setdefault(f"over HTTP, {clients} client{'s' * (clients > 1)}", []).append(rate)
            delays += [tuple(of_requests)] if clients > 1 else []
    base = statistics.median(speeds["`recurra tag`, a file"])
    settings = f"{arguments.threads} threads, {arguments.workers} workers, {arguments.rounds} rounds"
    print(f"{processor()}; {settings}; a file of {len(sentences)} sentences\n")
    print("| what | sentences a second | lowest, highest | of the file's |\n| --- | ---: | ---: | ---: |")
    for what, values in speeds.items():
        speed = statistics.median(values)
        print(f"| {what} | {speed:,.0f} | {min(values):,.0f}, {max(values):,.0f} | {speed / base:.2f} x |")
    median, highest = (statistics.median(values) for values in zip(*delays, strict=True))
    print(f"\na request of {arguments.clients} clients: median {median:.0f} ms, 99th percentile {highest:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of the command and of the server each")
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    parser.add_argument("--run", type=Path, help="of a tagger, in the place of one that is made")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    with TemporaryDirectory() as folder:
        run = arguments.run or make_run(Path(folder))
        sessions, workers = str(Path(folder) / "sessions.sqlite"), str(arguments.workers)
        with server_process(run, "--sessions", sessions, "--workers", workers) as (_, address):
            measure(address, run, Path(folder), arguments)


if __name__ == "__main__":
    main()
