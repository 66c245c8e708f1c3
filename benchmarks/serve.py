"""How fast a server writes, to one client and to many, beside the same model in one process.

    python benchmarks/serve.py [--clients 64] [--length 400] [--hidden-size 512] [--layers 2] [--cell lstm] [--rounds 3]
        [--precision float32|bf16|int8]

A language model that has hardly learnt is served in a process of its own; the clients are another. In turn,
round after round: a text in this process (`LanguageModel.stream`); one client, an event for every character, and an
event for what has come since the last; all clients at once, each its own text. Printed are characters a second in all
and, of the clients at once, the time to the first character; of each the median of the rounds.
"""

import argparse
import json
import re
import selectors
import socket
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from recurra import LanguageModel
from recurra.bench.machine import processor
from recurra.bench.server_process import server_process

EVENT = b"data: {"
DONE = b"data: [DONE]\n\n"


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


class Stream:
    """One text over a connection of its own, read as cheaply as can be: the machine is the server's too."""

    def __init__(self, host: str, port: int, length: int, each_token: bool, seed: int):
        body = {"model": "model", "prompt": "the ", "max_tokens": length, "seed": seed, "stream": True}
        body["stream_options"] = {"include_usage": True, "each_token": each_token}
        content = json.dumps(body).encode()
        head = f"POST /v1/completions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        self.began, self.first, self.ended, self.tail = time.perf_counter(), 0.0, 0.0, b""
        self.socket = socket.create_connection((host, port))
        self.socket.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)

    def read(self) -> bool:
        """Read what has come; True at the end of the text."""
        data = self.socket.recv(1 << 16)
        if not data:
            raise RuntimeError(f"the connection was closed: {self.tail!r}")
        if not self.first and EVENT in data:
            self.first = time.perf_counter()
        self.tail = (self.tail + data)[-1000:]
        if DONE not in self.tail:
            return False
        self.ended = time.perf_counter()
        self.socket.close()
        return True

    @property
    def symbols(self) -> int:
        """Symbols of the text, as the last event but one tells."""
        usage = json.loads(re.findall(rb"data: (\{.*\})", self.tail)[-1])["usage"]
        return int(usage["completion_tokens"])


def streams(address: str, clients: int, length: int, each_token: bool) -> tuple[float, list[float]]:
    """Characters a second of all clients together, and each one's seconds to its first character."""
    host, port = address.removeprefix("http://").split(":")
    began = time.perf_counter()
    texts = [Stream(host, int(port), length, each_token, seed) for seed in range(clients)]
    with selectors.DefaultSelector() as selector:
        for text in texts:
            selector.register(text.socket, selectors.EVENT_READ, text)
        while selector.get_map():
            for key, _ in selector.select():
                if key.data.read():
                    selector.unregister(key.fd)
    total = sum(text.symbols for text in texts)
    return total / (max(text.ended for text in texts) - began), [text.first - text.began for text in texts]


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
            speed, firsts = streams(address, clients, length, each_token)
            speeds.setdefault(name, []).append(speed)
            if clients > 1 and not each_token:
                first += firsts
    network = f"{arguments.layers} x {arguments.hidden_size} {arguments.cell}, {arguments.precision}"
    print(f"{processor()}; {network}, {arguments.rounds} rounds\n")
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
    parser.add_argument("--precision", default="float32", help="of the weights: float32, bf16 or int8")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        run = make_run(Path(folder), arguments)
        with server_process(run, "--sessions", "", "--precision", arguments.precision) as (_, address):
            measure(address, LanguageModel.load(run).reduce_precision(arguments.precision), arguments)


if __name__ == "__main__":
    main()
