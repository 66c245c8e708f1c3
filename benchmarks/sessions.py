"""Sessions of a server: what `kill -9` under load leaves of them, and what ten thousand cost.

A language model, barely trained, is served by `recurra serve` in a process of its own. Clients go on with their
sessions without a pause while the process is killed, again and again. A turn whose answer has come must be there when
the server has started again, as it was answered; and all turns of a session joined must be, character by character, the
text that the model writes at once from the same seed. Then many sessions are made, each with a turn, and measured.

    python benchmarks/sessions.py [--kills 20] [--clients 6] [--sessions 10000] [--hidden-size 512] [--num-layers 2]
                                  [--run FOLDER] [--seed 1]
"""

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from recurra import LanguageModel
from recurra.bench.server_process import server_process

PROMPT = "the "
SYMBOLS = 20  # of a turn
ALPHABET = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n!?.,;:'-&3$"


@dataclass
class Session:
    """A session, and what its client was told: the texts of its turns."""

    id: str
    seed: int
    texts: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What was seen: turns answered, and sessions or turns that were lost, or are not as they were answered."""

    kills: int = 0
    turns: int = 0
    unanswered: int = 0  # turns that were kept, though the server was killed before the client had the answer
    lost: int = 0
    wrong: int = 0


def options(folder: Path) -> list[str]:
    """Of a server whose sessions are in a folder."""
    return ["--sessions", str(folder / "sessions.sqlite"), "--threads", "1"]


# --- killed under load ------------------------------------------------------------------------------------------------


def killed_under_load(run: Path, folder: Path, kills: int, clients: int, seed: int) -> Outcome:
    """Kill a server again and again while clients go on with their sessions, and look what is left."""
    rng = random.Random(seed)
    outcome = Outcome()
    sessions = [Session("", rng.randrange(2**32)) for _ in range(clients)]
    made: list[str] = []  # sessions that one more client makes, and does nothing with
    for _ in range(kills):
        with server_process(run, *options(folder), log=folder / "log") as (process, address):
            compare(address, sessions, made, outcome)
            threads = [threading.Thread(target=go_on, args=(address, run.name, session)) for session in sessions]
            threads.append(threading.Thread(target=make_sessions, args=(address, run.name, made)))
            for thread in threads:
                thread.start()
            time.sleep(rng.uniform(0.1, 1.5))
            process.kill()
            outcome.kills += 1
            for thread in threads:
                thread.join()
    with server_process(run, *options(folder), log=folder / "log") as (_, address):
        compare(address, sessions, made, outcome)
    lm = LanguageModel.load(run)
    for session in sessions:
        outcome.turns += len(session.texts)
        text = "".join(session.texts)
        outcome.wrong += text != lm.generate(PROMPT, len(text), seed=session.seed)
    return outcome


def go_on(address: str, model: str, session: Session) -> None:
    """Go on with a session until the server is gone."""
    with httpx.Client(base_url=address, timeout=60) as client:
        try:
            if not session.id:
                session.id = client.post("/sessions", json={"model": model}).json()["id"]
            while True:
                session.texts.append(written(client, model, session))
        except httpx.TransportError:
            return


def written(client: httpx.Client, model: str, session: Session) -> str:
    """The next turn of a session; the first chooses the seed, the others go on with its random numbers."""
    first = {} if session.texts else {"prompt": PROMPT, "seed": session.seed}
    body = {"model": model, "session": session.id, "max_tokens": SYMBOLS} | first
    answer = client.post("/v1/completions", json=body)
    answer.raise_for_status()
    text: str = answer.json()["choices"][0]["text"]
    return text


def make_sessions(address: str, model: str, made: list[str]) -> None:
    """Make sessions until the server is gone."""
    with httpx.Client(base_url=address, timeout=60) as client:
        try:
            while True:
                made.append(client.post("/sessions", json={"model": model}).json()["id"])
                time.sleep(0.05)
        except httpx.TransportError:
            return


def compare(address: str, sessions: list[Session], made: list[str], outcome: Outcome) -> None:
    """Compare what a server has with what clients were told; take over a turn whose answer did not come."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for session in sessions:
            if session.id:
                _compare_turns(client, session, outcome)
        outcome.lost += sum(client.get(f"/sessions/{id_}").status_code != 200 for id_ in made)


def _compare_turns(client: httpx.Client, session: Session, outcome: Outcome) -> None:
    answer = client.get(f"/sessions/{session.id}")
    if answer.status_code != 200:
        outcome.lost += 1
        return
    texts = [turn["text"] for turn in answer.json()["turns"]]
    outcome.lost += max(0, len(session.texts) - len(texts))
    outcome.wrong += sum(stored != told for stored, told in zip(texts, session.texts, strict=False))
    unanswered = texts[len(session.texts) :]
    outcome.unanswered += len(unanswered)
    outcome.wrong += len(unanswered) > 1
    session.texts += unanswered


# --- many -------------------------------------------------------------------------------------------------------------


def many(run: Path, folder: Path, count: int) -> list[tuple[str, str]]:
    """Make sessions, each with a turn; give what was measured as rows of a table."""
    with (
        server_process(run, *options(folder), log=folder / "log") as (process, address),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        before = memory(process.pid)
        ids = _made(address, run.name, count)
        after, sampled = memory(process.pid), random.Random(1).sample(ids, min(300, count))
        bare, resumed = [], []
        body: dict[str, Any] = {"model": run.name, "max_tokens": 1}
        for id_ in sampled:  # in turn, since the machine may not be idle
            bare.append(_seconds(client, body))
            resumed.append(_seconds(client, body | {"session": id_}))
        size = len(client.get(f"/sessions/{ids[0]}/export").content)
        peak = memory(process.pid)
    differences = [1e3 * (second - first) for first, second in zip(bare, resumed, strict=True)]
    on_disk = sum(path.stat().st_size for path in folder.glob("sessions.sqlite*")) / 1e6
    return [
        ("memory of the process, before", f"{before:.0f} MB"),
        (f"memory with {count:,} sessions", f"{after:.0f} MB"),
        ("memory after 300 of them went on", f"{peak:.0f} MB"),
        ("a turn of 1 symbol without a session, median", f"{1e3 * statistics.median(bare):.2f} ms"),
        ("the same with one: it goes on, and is kept", f"{1e3 * statistics.median(resumed):.2f} ms"),
        ("what a session adds, median", f"{statistics.median(differences):.2f} ms"),
        ("what a session adds, 95th percentile", f"{sorted(differences)[len(differences) * 95 // 100]:.2f} ms"),
        ("state file of a session", f"{size:,} bytes"),
        (f"database of {count:,} sessions", f"{on_disk:.1f} MB"),
    ]


def _made(address: str, model: str, count: int) -> list[str]:
    """Make sessions with a turn each, by four clients at once."""
    ids: list[str] = []

    def make(number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            for _ in range(number):
                session = Session(client.post("/sessions", json={"model": model}).json()["id"], 1)
                written(client, model, session)
                ids.append(session.id)

    threads = [threading.Thread(target=make, args=(len(range(part, count, 4)),)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == count
    return ids


def _seconds(client: httpx.Client, body: dict[str, Any]) -> float:
    began = time.perf_counter()
    client.post("/v1/completions", json=body).raise_for_status()
    return time.perf_counter() - began


def memory(pid: int) -> float:
    """Resident memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


# --- all of it --------------------------------------------------------------------------------------------------------


def make_run(folder: Path, hidden_size: int, num_layers: int) -> Path:
    """Train a model barely: its texts are as good as any to be kept."""
    text = folder / "text.txt"
    text.write_text(ALPHABET * 40)
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 4, "hidden_size": hidden_size, "num_layers": num_layers}
    LanguageModel(**settings, threads=1).fit(text, out=folder / "model", progress=False)
    return folder / "model"


def main() -> int:
    """Run what was asked for; 1 where something was lost or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--hidden-size", type=int, default=512)
    parser.add_argument("--num-layers", type=int, default=2)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run = chosen.run or make_run(folder, chosen.hidden_size, chosen.num_layers)
        (folder / "killed").mkdir()
        outcome = killed_under_load(run, folder / "killed", chosen.kills, chosen.clients, chosen.seed)
        rows = [
            (f"kill -9 under load, {outcome.kills} times: {name}", str(getattr(outcome, name)))
            for name in ("turns", "unanswered", "lost", "wrong")
        ]
        if chosen.sessions:
            (folder / "many").mkdir()
            rows += many(run, folder / "many", chosen.sessions)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:{width}}  {value}")
    return 1 if outcome.lost or outcome.wrong or not outcome.turns else 0


if __name__ == "__main__":
    sys.exit(main())
