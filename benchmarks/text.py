"""What texts cost: byte pairs of one long line beside lines of 80, alignments beside none, a file's first answer.

    python benchmarks/text.py [--megabytes 1] [--sentences 2000] [--rounds 3] [--threads 2] [--run RUN]

Without a run, a translator of the default settings is trained for a few steps on what is there of Multi30k. Alignments
are timed in turn with plain translation, round after round; the ratio of the medians is printed.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import recurra
from recurra.cli import stream
from recurra.data.sources import translations
from recurra.data.text.tokenizers import Tokenizer


def seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def byte_pairs(megabytes: float) -> None:
    letters = "".join(random.Random(1).choices("ACGT", k=int(megabytes * 1e6)))
    in_lines = "\n".join(letters[i : i + 80] for i in range(0, len(letters), 80))
    for name, text in (("one line", letters), ("lines of 80", in_lines)):
        learnt: list[Tokenizer] = []
        learning = seconds(lambda text=text, learnt=learnt: learnt.append(Tokenizer.learn("bpe", [text])))
        encoding = seconds(lambda text=text, learnt=learnt: learnt[0].encode(text))
        print(f"byte pairs of {megabytes:g} MB in {name}: learnt in {learning:.2f} s, encoded in {encoding:.2f} s")


def alignments(translator: recurra.Translator, texts: list[str], rounds: int) -> None:
    with_alignment, without = [], []
    for _ in range(rounds):
        without.append(seconds(lambda: translator.describe(texts)))
        with_alignment.append(seconds(lambda: translator.describe(texts, with_alignment=True)))
    ratio = statistics.median(with_alignment) / statistics.median(without)
    print(f"{len(texts):,} sentences: {statistics.median(without):.2f} s, with alignments {ratio:.2f} times that")


def first_answer(translator: recurra.Translator, texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text"
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        began = time.perf_counter()
        groups = stream.lines(str(file))
        _, lines = next(groups)
        translator.describe(lines)
        first = time.perf_counter() - began
        for _, lines in groups:
            translator.describe(lines)
        whole = time.perf_counter() - began
        print(f"a file of {len(texts):,} sentences: first answers after {first:.2f} s of {whole:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1.0)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--run")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    byte_pairs(options.megabytes)
    multi30k = translations.resolve("multi30k", "de", "en")
    texts = (multi30k["train"].sources * (options.sentences // 29_000 + 1))[: options.sentences]
    if options.run:
        translator = recurra.load(options.run)
    else:
        few = multi30k["train"].select(range(2000))
        translator = recurra.Translator(epochs=1, valid_fraction=0.0).fit(few, progress=False)
    alignments(translator, texts, options.rounds)
    first_answer(translator, texts)


if __name__ == "__main__":
    main()
