"""How long every job takes to train and to answer, beside another checkout.

    python benchmarks/jobs.py OTHER/.venv/bin/python [--rounds 5] [--threads 2] [--only tagger]

Each checkout has a process of its own, which trains once to warm up. Then the two run each piece of work in turn, round
after round. A ratio is the other's time over this one's, round by round (above 1: this one is faster), and the median
counts. Needs the data sets tinyshakespeare, conll2000, multi30k and trec_qc.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

import recurra

WARM_UP = "warm up"


def language_model(data: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    text = (data / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")[:300_000]
    file = folder / "text.txt"
    file.write_text(text, encoding="utf-8")
    model = recurra.LanguageModel(hidden_size=256, epochs=1, batch_size=32, dropout=0.2)
    return {
        "language model, fit": lambda: model.fit(str(file), progress=False),
        "language model, evaluate": lambda: model.evaluate(str(file)),
        "language model, generate": lambda: model.generate("ROMEO:", 2000, seed=1),
    }


def classifier(data: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    random = np.random.default_rng(0)
    x = random.normal(size=(1024, 100, 9)).astype(np.float32)  # (N, T, I)
    y = np.where(x[:, -10:, 0].sum(axis=1) > 0, "up", "down")
    model = recurra.SequenceClassifier(cell="lstm", hidden_size=128, epochs=3, batch_size=32)
    return {
        "classifier, fit": lambda: model.fit(x, y, progress=False),
        "classifier, predict": lambda: [model.predict(x) for _ in range(4)],
    }


def text_classifier(data: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    lines = (data / "trec_qc" / "train.txt").read_text(encoding="latin-1").splitlines()
    labels, texts = zip(*(line.split(":", 1) for line in lines), strict=True)
    model = recurra.SequenceClassifier(epochs=1)
    return {
        "text classifier, fit": lambda: model.fit(list(texts), list(labels), progress=False),
        "text classifier, predict": lambda: model.predict(list(texts)),
    }


def sentences_of(file: Path, count: int) -> list[tuple[list[str], list[str]]]:
    """Words and labels of the first sentences of a column file."""
    sentences = []
    for block in file.read_text(encoding="utf-8").split("\n\n")[:count]:
        cells = [line.split() for line in block.splitlines()]
        sentences.append(([row[0] for row in cells], [row[-1] for row in cells]))
    return sentences


def tagger(data: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    sentences = sentences_of(data / "conll2000" / "train.txt", 2000)
    words, labels = [words for words, _ in sentences], [labels for _, labels in sentences]
    model = recurra.Tagger(epochs=1)
    return {
        "tagger, fit": lambda: model.fit(words, labels, progress=False),
        "tagger, tag": lambda: model.tag(words),
    }


def translator(data: Path, folder: Path) -> dict[str, Callable[[], Any]]:
    sources, targets = (
        (data / "multi30k" / f"train.{side}").read_text(encoding="utf-8").splitlines()[:1000] for side in ("de", "en")
    )
    file = folder / "pairs.tsv"
    file.write_text("".join(f"{source}\t{target}\n" for source, target in zip(sources, targets, strict=True)))
    model = recurra.Translator(epochs=1, valid_fraction=0.0)
    return {
        "translator, fit": lambda: model.fit(file, progress=False),
        "translator, translate": lambda: model.translate(sources[:200]),
    }


def work(data: Path, threads: int) -> None:
    """Do what standard input names; answer each line with its seconds."""
    torch.set_num_threads(threads)
    answer, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed goes to standard error
    with tempfile.TemporaryDirectory() as folder:
        pieces: dict[str, Callable[[], Any]] = {}
        for job in (language_model, classifier, text_classifier, tagger, translator):
            pieces |= job(data, Path(folder))
        for line in sys.stdin:
            name = line.strip()
            began = time.perf_counter()
            if name == WARM_UP:
                for piece in pieces.values():
                    piece()
                print(*pieces, sep="|", file=answer, flush=True)
            else:
                pieces[name]()
                print(time.perf_counter() - began, file=answer, flush=True)


class Worker:
    """A process in one checkout."""

    def __init__(self, python: str, options: argparse.Namespace):
        command = [python, __file__, "--work", "--data", str(options.data), "--threads", str(options.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, name: str) -> str:
        """Let the process do a piece of work; its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(name, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} failed in: {name}")  # type: ignore[index]
        return answer


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", nargs="?", help="the Python of the other checkout")
    parser.add_argument("--data", type=Path, default=Path(__file__).parent.parent.parent / "shared" / "data")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="a part of the names of the pieces of work")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.data, options.threads)
        return
    if options.other is None:
        parser.error("name the Python of the other checkout")
    other, this = Worker(options.other, options), Worker(sys.executable, options)
    other.ask(WARM_UP)
    for name in this.ask(WARM_UP).split("|"):
        if options.only not in name:
            continue
        rounds = [(float(other.ask(name)), float(this.ask(name))) for _ in range(options.rounds)]
        ratio = statistics.median(before / now for before, now in rounds)
        before, now = (statistics.median(times) for times in zip(*rounds, strict=True))
        print(f"{name:26} {before:7.3f} s there, {now:7.3f} s here: {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
