"""A server among bad clients, and a few honest ones beside them.

    python benchmarks/serve_attack.py RUN --minutes 5

Starts `recurra serve RUN`, opens a thousand connections that say nothing, and lets clients hang, be slow, go away in
the middle, and send rubbish of every kind. Four honest clients ask all the while: their answers are compared with those
from before, and their times are printed, with what the others were answered and the memory of the server.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path

import psutil

from recurra.bench.server_process import server_process

HONEST = 4
IDLE = 1000
LIMITS = {"max-body-bytes": 1 << 20, "body-seconds": 5, "header-seconds": 5, "write-seconds": 5}
"""Of the server under attack: short, so that within minutes each is reached often."""

Address = tuple[str, int]
Attack = Callable[["Client"], Coroutine[None, None, None]]


class Client:
    """A connection on which anything may be sent."""

    def __init__(self, address: Address, answers: Counter[str], name: str, model: str):
        self.address, self.answers, self.name, self.model = address, answers, name, model

    async def __aenter__(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection(*self.address)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def post(self, body: bytes, path: str = "/v1/completions", headers: str = "") -> None:
        """Send a request with a body, and note what it is answered."""
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}"
        if "content-length" not in headers and "transfer-encoding" not in headers:
            head += f"content-length: {len(body)}\r\n"
        await self.send(f"{head}\r\n".encode() + body)

    async def answer(self, seconds: float = 30) -> None:
        """Note the status of an answer; "closed" where there is none, "open" where none comes."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), seconds)
            self.note(line.split()[1].decode() if line else "closed")
        except TimeoutError:
            self.note("open")

    def note(self, status: str) -> None:
        self.answers[f"{self.name}: {status}"] += 1

    def completion(self, **fields: object) -> bytes:
        return json.dumps({"model": self.model, "prompt": "the ", "max_tokens": 50} | fields).encode()


async def says_nothing(client: Client) -> None:
    await client.answer()


async def sends_slow_headers(client: Client) -> None:
    for byte in b"POST /v1/completions HTTP/1.1\r\nhost: localhost\r\nx-slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa":
        await client.send(bytes([byte]))
        await asyncio.sleep(0.2)
    await client.answer()


async def sends_a_slow_body(client: Client) -> None:
    await client.post(b"{", headers="content-length: 1000\r\n")
    for _ in range(40):
        await client.send(b" ")
        await asyncio.sleep(0.2)
    await client.answer()


async def goes_away_in_the_body(client: Client) -> None:
    await client.post(client.completion()[:20], headers="content-length: 1000\r\n")
    await asyncio.sleep(random.random())
    client.note("gone")


async def goes_away_in_the_answer(client: Client) -> None:
    await client.post(client.completion(stream=True, max_tokens=5000))
    await client.answer()
    await asyncio.sleep(random.random())


async def does_not_read_the_answer(client: Client) -> None:
    client.writer.transport.set_write_buffer_limits(0)
    await client.post(client.completion(stream=True, max_tokens=20_000, n=4, logprobs=5))
    await client.answer()
    await asyncio.sleep(20)


async def names_a_huge_length(client: Client) -> None:
    await client.post(b"", headers="content-length: 99999999999\r\n")
    await client.answer()


async def sends_a_huge_body(client: Client) -> None:
    await client.post(b" " * (2 << 20))
    await client.answer()


async def sends_chunks_without_end(client: Client) -> None:
    await client.post(b"", headers="transfer-encoding: chunked\r\n")
    try:
        for _ in range(200):
            await client.send(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    except ConnectionError:
        pass
    await client.answer()


async def sends_huge_headers(client: Client) -> None:
    await client.send(b"GET /health HTTP/1.1\r\nhost: localhost\r\n" + b"x: " + b"a" * 200_000)
    await client.answer()


async def sends_many_headers(client: Client) -> None:
    await client.send(b"GET /health HTTP/1.1\r\nhost: localhost\r\n" + b"x: a\r\n" * 20_000 + b"\r\n")
    await client.answer()


async def sends_noise(client: Client) -> None:
    await client.send(random.randbytes(2000))
    await client.answer()


async def sends_rubbish_as_json(client: Client) -> None:
    for body in RUBBISH:
        async with Client(client.address, client.answers, client.name, client.model) as fresh:
            await fresh.post(body)
            await fresh.answer()


async def sends_spoilt_requests(client: Client) -> None:
    """A good request in which some bytes are others."""
    body = bytearray(client.completion())
    for _ in range(random.randint(1, 4)):
        body[random.randrange(len(body))] = random.randrange(256)
    await client.post(bytes(body))
    await client.answer()


async def asks_for_foreign_paths(client: Client) -> None:
    for path in PATHS:
        async with Client(client.address, client.answers, client.name, client.model) as fresh:
            await fresh.send(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            await fresh.answer()


async def uses_wrong_methods(client: Client) -> None:
    for method in ("DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "BREW", "POST"):
        async with Client(client.address, client.answers, client.name, client.model) as fresh:
            await fresh.send(f"{method} /health HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
            await fresh.answer()


async def asks_for_too_much(client: Client) -> None:
    fields: dict[str, object]
    for fields in ({"max_tokens": 10**9}, {"n": 1000}, {"prompt": ["a"] * 1000}, {"prompt": [[0] * 1000] * 200}):
        async with Client(client.address, client.answers, client.name, client.model) as fresh:
            await fresh.post(client.completion(**fields))
            await fresh.answer()


async def sends_requests_without_waiting(client: Client) -> None:
    await client.send(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n" * 500)
    await client.answer()


RUBBISH = [
    b"",
    b"\xff\xfe\x00",
    b"[" * 500_000,
    b'{"a":' * 100_000,
    b'{"model": "\xc3\x28"}',
    b'{"model": "\\ud800", "prompt": "\\udfff"}',
    b'{"model": null, "prompt": {}}',
    b'{"prompt": 1e999, "max_tokens": NaN, "temperature": Infinity}',
    b"1" * 100_000,
    b'"' + b"a" * 1_000_000,
    b"[" + b"{}," * 300_000 + b"{}]",
    b'{"model":"m","prompt":[' + b"0," * 400_000 + b"0]}",
    b'{"stop":' + json.dumps(["\\" * 1000] * 16).encode() + b"}",
    b"model=a&prompt=b",
    b"\x00" * 1000,
]

PATHS = [
    "/../../etc/passwd",
    "/page/../../../../etc/passwd",
    "/page/%2e%2e/%2e%2e/etc/passwd",
    "/page/..%2f..%2fetc%2fpasswd",
    "/page//etc/passwd",
    "/v1/models/..%2f..%2fetc%2fpasswd",
    "/v1/models/%00",
    "/v1/models/" + "a" * 20_000,
    "/%ff%fe",
    "//evil.example/",
    "/v1/models?" + "a=b&" * 5000,
    "http://evil.example/v1/models",
    "*",
]

ATTACKS: list[Attack] = [
    says_nothing,
    sends_slow_headers,
    sends_a_slow_body,
    goes_away_in_the_body,
    goes_away_in_the_answer,
    does_not_read_the_answer,
    names_a_huge_length,
    sends_a_huge_body,
    sends_chunks_without_end,
    sends_huge_headers,
    sends_many_headers,
    sends_noise,
    sends_rubbish_as_json,
    sends_spoilt_requests,
    asks_for_foreign_paths,
    uses_wrong_methods,
    asks_for_too_much,
    sends_requests_without_waiting,
]


async def attack(kind: Attack, address: Address, answers: Counter[str], model: str, until: float) -> None:
    """Let clients of one kind come, one after the other."""
    while time.monotonic() < until:
        try:
            async with Client(address, answers, kind.__name__, model) as client:
                await kind(client)
        except (OSError, asyncio.IncompleteReadError):
            answers[f"{kind.__name__}: reset"] += 1
        await asyncio.sleep(0.2)


async def hold_open(address: Address, until: float) -> None:
    """Keep a connection open that says nothing, and open another when it is closed."""
    while time.monotonic() < until:
        try:
            async with asyncio.timeout(until - time.monotonic()), Client(address, Counter(), "", "") as client:
                await client.reader.read()
        except (OSError, TimeoutError):
            pass
        await asyncio.sleep(random.random())


async def ask(address: Address, model: str, seed: int) -> str:
    """The text of an honest request."""
    async with Client(address, Counter(), "honest", model) as client:
        await client.post(client.completion(seed=seed, max_tokens=100), headers="connection: close\r\n")
        answer = await asyncio.wait_for(client.reader.read(), 120)
        return str(json.loads(answer.partition(b"\r\n\r\n")[2])["choices"][0]["text"])


async def be_honest(
    address: Address, model: str, texts: list[str], seconds: list[float], wrong: list[str], until: float
) -> None:
    """Ask again and again, and compare the answers with those of the quiet server."""
    for seed in itertools.cycle(range(len(texts))):
        if time.monotonic() > until:
            break
        began = time.perf_counter()
        try:
            text = await ask(address, model, seed)
            if text != texts[seed]:
                wrong.append(f"seed {seed}: {text!r} instead of {texts[seed]!r}")
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            wrong.append(f"seed {seed}: {error!r}")
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)


def shown(name: str, seconds: list[float]) -> str:
    """Times in milliseconds."""
    ordered = sorted(seconds)
    middle, high, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]
    times = f"median {middle * 1e3:.1f} ms, 99 % {high * 1e3:.1f} ms, most {most * 1e3:.1f} ms"
    return f"{name}: {len(ordered)} answers, {times}"


def memory_of(process: psutil.Process) -> str:
    return f"{process.memory_info().rss / 2**20:.0f} MiB, {process.num_fds()} files, {process.num_threads()} threads"


async def run_all(address: Address, model: str, process: psutil.Process, minutes: float) -> list[str]:
    """Ask a quiet server, attack it, and ask it again; give what was wrong."""
    texts = [await ask(address, model, seed) for seed in range(16)]
    wrong: list[str] = []
    quiet: list[float] = []
    calm = [be_honest(address, model, texts, quiet, wrong, time.monotonic() + 5) for _ in range(HONEST)]
    await asyncio.gather(*calm)
    print(shown("before", quiet))
    print(f"memory before: {memory_of(process)}")

    answers: Counter[str] = Counter()
    seconds: list[float] = []
    until = time.monotonic() + 60 * minutes
    bad = [attack(kind, address, answers, model, until) for kind in ATTACKS]
    silent = [hold_open(address, until) for _ in range(IDLE)]
    honest = [be_honest(address, model, texts, seconds, wrong, until) for _ in range(HONEST)]
    await asyncio.gather(*bad, *silent, *honest, watch(process, minutes))
    print(shown("under attack", seconds))
    for name, count in sorted(answers.items()):
        print(f"  {name:45s} {count:6d}")
    await asyncio.sleep(7)  # until what hangs has been given up
    print(f"memory after: {memory_of(process)}")
    return wrong


async def watch(process: psutil.Process, minutes: float) -> None:
    """Print the memory ten times on the way."""
    for step in range(10):
        await asyncio.sleep(6 * minutes)
        print(f"  memory after {(step + 1) * minutes / 10:.1f} minutes: {memory_of(process)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="of a language model")
    parser.add_argument("--minutes", type=float, default=5)
    chosen = parser.parse_args()
    random.seed(0)
    options = ["--sessions", "", "--log-format", "text"]
    for name, value in LIMITS.items():
        options += [f"--{name}", str(value)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with server_process(chosen.run, *options, log=log) as (server, url):
            host, port = url.removeprefix("http://").split(":")
            model = chosen.run.resolve().name
            wrong = asyncio.run(run_all((host, int(port)), model, psutil.Process(server.pid), chosen.minutes))
        code = server.returncode
        lines = log.read_text().splitlines()
    faults = [number for number, line in enumerate(lines) if " error " in line or "status=500" in line]
    for number in faults[:5]:
        print("\n".join(f"  log: {line}" for line in lines[number : number + 80]))
    for line in wrong[:20]:
        print(f"  WRONG: {line}")
    print(f"log: {len(lines)} lines, {len(faults)} errors; exit code of the server: {code}")
    print(f"wrong or missing answers: {len(wrong)}")
    sys.exit(bool(wrong or faults or code))


if __name__ == "__main__":
    main()
