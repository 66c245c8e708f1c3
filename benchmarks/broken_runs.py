"""Break run folders in every way, open them, and count what becomes of it: bounded, seeded, every job.

Each trial copies a small run, breaks one of its files and, in a process of its own, opens the run and answers with it,
or goes on with its training where the checkpoint was broken. A run may be refused in one line that names a file, or
answer as before; anything else is a fault. Almost half of the changes are forged: all checksums are made anew, as
somebody would who means harm; such a run may give other answers.

    python benchmarks/broken_runs.py [--trials 2400] [--seed 1] [--show]
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import recurra
from recurra import LanguageModel, SequenceClassifier, SequenceRegressor, Tagger, Translator
from recurra.data.files import tensor_file
from recurra.training import artifacts, config_file
from recurra.training.run import RunFolder

SECONDS = 20  # that one trial may take
MEMORY = 100  # MB that a refusal may take
FAULTS = ("other answers", "foreign exception", "several lines", "no file named", "hang", "crash", "much memory")
EVIL = {"type": "Split", "pattern": {"Regex": "(([a-z]+)+)+$"}, "behavior": "Isolated", "invert": False}
ODD = [None, True, -1, 0, 3, 1.5, 10**7, 10**20, 10**400, "", "abc", "../x", [], [[]], ["a"], {}, {"a": 1}]


# --- the runs ---------------------------------------------------------------------------------------------------------


def make_runs(folder: Path) -> dict[str, Callable[[Any], Any]]:
    """Train a run of each kind; give how each answers, by name."""
    few = {"epochs": 1, "threads": 1, "hidden_size": 8}
    text = folder / "text.txt"
    text.write_text("the old king and the sea went to war again\n" * 30)
    for kind in ("char", "word", "bpe"):
        lm = LanguageModel(**few, num_layers=1, sequence_length=10, batch_size=2, tokenizer=kind)
        lm.fit(text, out=folder / kind, progress=False)
    both = LanguageModel(**few, num_layers=1, sequence_length=10, batch_size=2, bidirectional=True)
    both.fit(text, out=folder / "both", progress=False)
    rng = np.random.default_rng(0)
    np.savez(folder / "x.npz", X=rng.normal(size=(20, 6, 2)).astype(np.float32), y=np.array(["a", "b"] * 10))
    np.savez(folder / "n.npz", X=rng.normal(size=(20, 6, 2)).astype(np.float32), y=rng.normal(size=20))
    (folder / "t.tsv").write_text("".join(f"{'ab'[i % 2]}\tword{i % 7} more and more\n" for i in range(30)))
    (folder / "t.conll").write_text("Ann B-PER\nSmith I-PER\nsings O\n\nBob B-PER\nruns O\n\n" * 10)
    (folder / "pairs.tsv").write_text("".join(f"w{i % 9} a b\ta b w{i % 9}\n" for i in range(30)))
    SequenceClassifier(**few).fit(folder / "x.npz", out=folder / "classifier", progress=False)
    SequenceClassifier(**few).fit(folder / "t.tsv", out=folder / "texts", progress=False)
    SequenceRegressor(**few).fit(folder / "n.npz", out=folder / "regressor", progress=False)
    Tagger(**few).fit(folder / "t.conll", out=folder / "tagger", progress=False)
    with_states = Tagger(**few, language_model=str(folder / "both"))
    with_states.fit(folder / "t.conll", out=folder / "states", progress=False)
    Translator(**few).fit(folder / "pairs.tsv", out=folder / "translator", progress=False)
    x = np.load(folder / "x.npz")["X"]
    scores = lambda task: task.score("the old sea")  # noqa: E731
    words = [["Ann", "Smith", "runs"], ["Bob", "sings"]]
    return dict.fromkeys(("char", "word", "bpe", "both"), scores) | {
        "classifier": lambda task: task.predict_proba(x).tolist(),
        "texts": lambda task: task.predict_proba(["word1 more", "word2 and"]).tolist(),
        "regressor": lambda task: np.asarray(task.predict(x)).tolist(),
        "tagger": lambda task: task.describe(words),
        "states": lambda task: task.describe(words),
        "translator": lambda task: task.describe(["w1 a b", "w2 a"]),
    }


# --- the breaks -------------------------------------------------------------------------------------------------------


def flip_bit(file: Path, draw: random.Random, others: list[Path]) -> None:
    content = bytearray(file.read_bytes())
    bit = draw.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)


def cut(file: Path, draw: random.Random, others: list[Path]) -> None:
    os.truncate(file, draw.randrange(file.stat().st_size))


def append(file: Path, draw: random.Random, others: list[Path]) -> None:
    file.write_bytes(file.read_bytes() + draw.randbytes(draw.randrange(1, 50)))


def fill(file: Path, draw: random.Random, others: list[Path]) -> None:
    file.write_bytes(draw.randbytes(draw.choice([0, 1, 8, 100, 10_000])))


def delete(file: Path, draw: random.Random, others: list[Path]) -> None:
    file.unlink()


def swap(file: Path, draw: random.Random, others: list[Path]) -> None:
    """Put a file of another run in its place."""
    shutil.copyfile(draw.choice(others), file)


def make_odd(file: Path, draw: random.Random, others: list[Path]) -> None:
    """Put something in its place that is no plain file, or a very large one."""
    file.unlink()
    kind = draw.choice(["pipe", "device", "folder", "large", "loop"])
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to(draw.choice(["/dev/zero", "/dev/random"]))
    elif kind == "folder":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(file)
    else:
        file.touch()
        os.truncate(file, 10 << 30)  # a hole, which takes no room


def nest(file: Path, draw: random.Random, others: list[Path]) -> None:
    depth = draw.choice([100, 900, 990, 1100, 1_000_000])
    file.write_text(draw.choice(["[", '{"a":']) * depth + "1" + draw.choice(["", "]" * depth]))


DAMAGE = [flip_bit, flip_bit, flip_bit, cut, append, fill, delete, swap, make_odd, nest]


def change_json(content: Any, draw: random.Random) -> None:
    """Change one entry somewhere in JSON: leave it out, give it another value, or a strange rule."""
    node, places = content, []
    while isinstance(node, dict | list) and node and len(places) < 6:
        key = draw.choice(list(node) if isinstance(node, dict) else list(range(len(node))))
        places.append((node, key))
        node = node[key]
        if draw.random() < 0.3:
            break
    if not places:
        return
    parent, key = places[-1]
    if draw.random() < 0.3:
        del parent[key]
    else:
        parent[key] = draw.choice([*ODD, EVIL])


def forge(run: Path, draw: random.Random, name: str, others: list[Path]) -> None:
    """Change the content of a file, and make all checksums anew."""
    file = run / name
    if name.endswith(".safetensors"):
        tensors, header = tensor_file.read(file, "weights")
        chosen = draw.choice(sorted(tensors))
        change = draw.choice(["name", "shape", "type", "gone", "more"])
        tensor = tensors.pop(chosen)
        if change == "name":
            tensors[chosen + "x"] = tensor
        elif change == "shape":
            tensors[chosen] = tensor.reshape(-1)[:-1] if draw.random() < 0.5 else tensor.unsqueeze(0)
        elif change == "type":
            tensors[chosen] = tensor.to(draw.choice([torch.float64, torch.bfloat16, torch.int64, torch.bool]))
        elif change == "more":
            tensors |= {chosen: tensor, "another": torch.zeros(3)}
        metadata = {key: value for key, value in header.metadata.items() if key != "checksum"}
        if "recurra" in metadata and draw.random() < 0.6:
            tensors[chosen] = tensor
            tree = json.loads(metadata["recurra"])
            change_json(tree, draw)
            metadata["recurra"] = json.dumps(tree)
        tensor_file.write(file, tensors, metadata)
    else:
        content = json.loads(file.read_text())
        change_json(content, draw)
        file.write_text(json.dumps(content))
    _sums_anew(run)


def _sums_anew(run: Path) -> None:
    try:
        config = json.loads((run / "config.json").read_text())
        config["files"] = {
            name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in config["files"] if len(name) < 99
        }
        config.pop("sha256", None)
        old = RunFolder(run)
        old._files = config["files"]
        for file in ("model.safetensors", "last/checkpoint.safetensors"):
            tensors, header = tensor_file.read(run / file, "weights")
            metadata = header.metadata | {"artifacts": artifacts.digest(old.files)}
            metadata.pop("checksum", None)
            tensor_file.write(run / file, tensors, metadata)
        config_file.write(run / "config.json", config)
    except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError):
        pass  # no longer a run that checksums could be made for


# --- a trial ----------------------------------------------------------------------------------------------------------


def outcome(run: Path, answer: Callable[[Any], Any], before: Any, goes_on: bool, forged: bool) -> str:
    """What becomes of opening a run; called in a process of its own."""
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_DATA, (3 << 30, 3 << 30))
    signal.alarm(SECONDS)
    try:
        task = recurra.resume(run, progress=False) if goes_on else recurra.load(run)
        same = answer(task) == before
    except recurra.DataError as error:
        return _refusal(str(error), run, start, forged)
    except Exception as error:
        return f"foreign exception: {type(error).__name__}: {str(error)[:200]}"
    return "as before" if same else "forged, other answers" if forged else "other answers"


def _refusal(message: str, run: Path, start: int, forged: bool) -> str:
    if "\n" in message or len(message) > 1000:
        return f"several lines: {message[:300]}"
    if str(run) not in message and not (forged and ": expected " in message):  # data that were forged are no file of it
        return f"no file named: {message}"
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
    return f"much memory: {used:.0f} MB: {message}" if used > MEMORY else f"refused: {message}"


def in_a_process(function: Callable[[], str]) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.write(writer, function().encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "hang" if os.WTERMSIG(status) == signal.SIGALRM else f"crash: signal {os.WTERMSIG(status)}"
    return said or f"crash: exit code {status}"


def break_run(run: Path, originals: Path, names: list[str], draw: random.Random) -> tuple[str, str, bool]:
    """Break one file; give its name, how, and whether checksums were made anew."""
    files = [path.relative_to(run).as_posix() for path in run.rglob("*") if path.suffix in (".json", ".safetensors")]
    name = draw.choice(sorted(files))
    if draw.random() < 0.45:
        forge(run, draw, name, [])
        return name, "forged", True
    damage = draw.choice(DAMAGE)
    others = [originals / other / name for other in names if (originals / other / name).is_file()]
    damage(run / name, draw, others)
    return name, damage.__name__, False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print every refusal")
    options = parser.parse_args()
    torch.set_num_threads(1)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        originals = Path(folder)
        answers = make_runs(originals)
        before = {name: answer(recurra.load(originals / name)) for name, answer in answers.items()}
        for trial in range(options.trials):
            draw = random.Random(f"{options.seed} {trial}")
            job = draw.choice(sorted(answers))
            run = originals / "trial" / job
            shutil.copytree(originals / job, run)
            name, how, forged = break_run(run, originals, sorted(answers), draw)
            goes_on = name.startswith("last/") or draw.random() < 0.1
            said = in_a_process(lambda: outcome(run, answers[job], before[job], goes_on, forged))  # noqa: B023
            kind = said.split(":")[0]
            counts[kind] += 1
            if kind in FAULTS or options.show:
                print(f"{trial:5}  {job}/{name}  {how}: {said.replace(folder, '')}", flush=True)
            shutil.rmtree(originals / "trial")
    faults = sum(counts[kind] for kind in FAULTS)
    print(f"{options.trials} broken runs of {len(answers)} kinds in {time.monotonic() - began:.0f} s, {faults} faults")
    for kind, count in counts.most_common():
        print(f"{count:7,}  {kind}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
