"""How fast a server writes, to one client and to many, beside the same model in one process.

    python benchmarks/serve.py [--clients 64] [--length 400] [--hidden-size 512] [--layers 2] [--cell lstm] [--rounds 3]

A language model that has hardly learnt is served in a process of its own; the clients (aiohttp) are another. In turn,
round after round: a text in this process (`LanguageModel.stream`); one client, an event for every character, and an
event for what has come since the last; all clients at once, each its own text. Printed are characters a second in all
and, of the clients at once, the time to the first character; of each the median of the rounds.
"""

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from recurra import LanguageModel
from recurra.bench.machine import processor
from recurra.bench.server_process import server_process

EVENT = b"data: {"


def make_run(folder: Path, arguments: argparse.Namespace) -> Path:
    """A model of the characters of this file, hardly trained: its speed does not depend on what it has learnt."""
    sizes = {"cell": arguments.cell, "hidden_size": arguments.hidden_size, "num_layers": arguments.layers}
    text = folder / "text.txt"
    text.write_text(Path(__file__).read_text() * 3)
    lm = LanguageModel(**sizes, epochs=1, batch_size=8, sequence_length=64)
    lm.fit(text, out=folder / "model", progress=False)
    return folder / "model"


def in_process(lm: LanguageModel, length: int) -> float:
    """Characters a second of one text."""
    began = time.perf_counter()
    count = sum(1 for _ in lm.stream("the ", length, seed=1))
    return count / (time.perf_counter() - began)


async def read(session: aiohttp.ClientSession, address: str, length: int, each_token: bool, seed: int) -> list[float]:
    """Times of a stream's beginning, first character and end, and its characters."""
    body = {"model": "model", "prompt": "the ", "max_tokens": length, "seed": seed, "stream": True}
    body["stream_options"] = {"include_usage": True, "each_token": each_token}
    began, first, tail = time.perf_counter(), 0.0, b""
    async with session.post(f"{address}/v1/completions", json=body) as response:
        assert response.status == 200, await response.text()
        async for data in response.content.iter_any():
            first = first or time.perf_counter()
            tail = (tail + data)[-1000:]
    assert tail.endswith(b"data: [DONE]\n\n"), tail
    usage = json.loads(tail.split(b"data: ")[-2])["usage"]
    return [began, first, time.perf_counter(), usage["completion_tokens"]]


async def streams(address: str, clients: int, length: int, each_token: bool) -> tuple[float, list[float]]:
    """Characters a second of all clients together, and each one's seconds to its first character."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(600)) as session:
        began = time.perf_counter()
        texts = await asyncio.gather(*(read(session, address, length, each_token, seed) for seed in range(clients)))
    total = sum(text[3] for text in texts)
    return total / (max(text[2] for text in texts) - began), [text[1] - text[0] for text in texts]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(address: str, lm: LanguageModel, arguments: argparse.Namespace) -> None:
    speeds: dict[str, list[float]] = {}
    first: list[float] = []
    for _ in range(arguments.rounds):
        speeds.setdefault("in one process", []).append(in_process(lm, 4 * arguments.length))
        for name, clients, each_token, length in (
            ("1 client, an event a character", 1, True, 4 * arguments.length),
            ("1 client, an event for a few", 1, False, 4 * arguments.length),
            (f"{arguments.clients} clients, an event a character", arguments.clients, True, arguments.length),
            (f"{arguments.clients} clients, an event for a few", arguments.clients, False, arguments.length),
        ):
            speed, firsts = asyncio.run(streams(address, clients, length, each_token))
            speeds.setdefault(name, []).append(speed)
            if clients > 1 and not each_token:
                first += firsts
    print(f"{processor()}; {arguments.layers} x {arguments.hidden_size} {arguments.cell}, {arguments.rounds} rounds\n")
    print("| what | characters a second | lowest, highest |\n| --- | ---: | ---: |")
    for name, values in speeds.items():
        print(f"| {name} | {statistics.median(values):,.0f} | {min(values):,.0f}, {max(values):,.0f} |")
    print(
        f"\nfirst character, {arguments.clients} clients at once: median {1000 * percentile(first, 0.5):.0f} ms,",
        end="",
    )
    print(f" 99th percentile {1000 * percentile(first, 0.99):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--length", type=int, default=400)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--cell", default="lstm")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        run = make_run(Path(folder), arguments)
        with server_process(run, "--sessions", "") as (_, address):
            measure(address, LanguageModel.load(run), arguments)


if __name__ == "__main__":
    main()
