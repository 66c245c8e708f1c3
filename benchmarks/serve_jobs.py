"""How many sentences a second a server tags for many clients, beside `recurra tag` on the same file.

    python benchmarks/serve_jobs.py [--clients 64] [--sentences 2000] [--rounds 3] [--threads 1]

A tagger that has learnt a little of CoNLL-2000 (in $RECURRA_DATA) is served in a process of its own. In turn, round
after round: `recurra tag RUN FILE --json`, less what it takes on a file of one sentence; and clients over loopback,
each of which sends a sentence a request, and the next when it has its answer. Of both the median of the rounds.
"""

import argparse
import asyncio
import json
import os
import re
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


async def client(host: str, port: int, name: str, sentences: list[list[str]], delays: list[float]) -> None:
    """Send sentences one after the other over one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    while sentences:
        body = json.dumps({"inputs": [sentences.pop()]}).encode()
        head = f"POST /v1/runs/{name}/describe HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        began = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = re.search(rb"content-length: (\d+)", answer)
        assert length is not None
        await reader.readexactly(int(length[1]))
        delays.append(time.perf_counter() - began)
    writer.close()


async def over_http(address: str, name: str, sentences: list[list[str]], clients: int) -> tuple[float, list[float]]:
    """Seconds in all, and of each request."""
    host, port = address.removeprefix("http://").split(":")
    left, delays = list(sentences), list[float]()
    began = time.perf_counter()
    await asyncio.gather(*(client(host, int(port), name, left, delays) for _ in range(clients)))
    return time.perf_counter() - began, delays


def measure(address: str, run: Path, folder: Path, arguments: argparse.Namespace) -> None:
    sentences = [words for words in tagged.resolve("conll2000")["test"].words if words][: arguments.sentences]
    one, all_of_them = folder / "one.jsonl", folder / "all.jsonl"
    one.write_text(json.dumps({"words": sentences[0]}) + "\n")
    all_of_them.write_text("".join(json.dumps({"words": words}) + "\n" for words in sentences))
    asyncio.run(over_http(address, run.name, sentences[:200], arguments.clients))  # warms up
    speeds: dict[str, list[float]] = {}
    delays: list[float] = []
    for _ in range(arguments.rounds):
        seconds = from_file(run, all_of_them) - from_file(run, one)
        speeds.setdefault("`recurra tag`, a file", []).append(len(sentences) / seconds)
        for clients in (1, arguments.clients):
            some = sentences if clients > 1 else sentences[:300]
            seconds, of_requests = asyncio.run(over_http(address, run.name, some, clients))
            speeds.setdefault(f"over HTTP, {clients} client{'s' * (clients > 1)}", []).append(len(some) / seconds)
            delays += of_requests if clients > 1 else []
    base = statistics.median(speeds["`recurra tag`, a file"])
    print(f"{processor()}; {arguments.threads} threads, {arguments.rounds} rounds of {len(sentences)} sentences\n")
    print("| what | sentences a second | lowest, highest | of the file's |\n| --- | ---: | ---: | ---: |")
    for what, values in speeds.items():
        speed = statistics.median(values)
        print(f"| {what} | {speed:,.0f} | {min(values):,.0f}, {max(values):,.0f} | {speed / base:.2f} x |")
    delays.sort()
    print(f"\na request of {arguments.clients} clients: median {1000 * statistics.median(delays):.0f} ms, ", end="")
    print(f"99th percentile {1000 * delays[int(0.99 * len(delays))]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of the command and of the server each")
    parser.add_argument("--run", type=Path, help="of a tagger, in the place of one that is made")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    with TemporaryDirectory() as folder:
        run = arguments.run or make_run(Path(folder))
        with server_process(run, "--sessions", "") as (_, address):
            measure(address, run, Path(folder), arguments)


if __name__ == "__main__":
    main()
