"""Generators of text beside the likelihood models of the same networks.

    python benchmarks/text_gan.py seqgan_oracle --seeds 1 2 3 [--out RUNS] [--set NAME=VALUE ...]
    python benchmarks/text_gan.py multi30k/en --seeds 1 2 3 --set hidden_size=256

A training a seed; with --out its run and report are kept, and a run that is there is measured again, not trained. Of
the oracle it gives the lowest NLL_oracle where NLL_test is at most 8.0 and 8.5 (published: by likelihood 8.24 and 7.15,
by cooperative training 7.85 and 6.95, by likelihood and a GAN 8.46 and 7.56), on its test part, whose sequences are
neither learnt from nor do they choose weights. Of lines it gives BLEU-5 against the test part at equal self-BLEU-5, and
at equal NLL_test. Each report has intervals over sets of lines drawn from one training; what is printed at the end has
95% intervals over the trainings, and says whether the game beats the likelihood model over all of them.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import recurra
from recurra import TextGAN
from recurra.bench.machine import processor
from recurra.metrics.intervals import interval

DIFFERENCE = "difference_at_equal_test_nats"  # of quality, less than 0 where the game has helped
GAIN = "bleu_5_gain_at_equal_self_bleu_5"  # a share, more than 0 where it has


def trained(data: str, settings: dict[str, Any], out: Path | None) -> tuple[Any, float]:
    """A generator, and the minutes that its training took; 0 where it was there."""
    if out is not None and (out / "config.json").exists():
        return recurra.load(out), 0.0
    began = time.perf_counter()
    task = TextGAN(**settings).fit(data, out=out)
    return task, (time.perf_counter() - began) / 60


def measured(data: str, seed: int, settings: dict[str, Any], out: Path | None) -> dict[str, float]:
    """The numbers of a training's report that are not nested, and how the game has moved the quality."""
    task, minutes = trained(data, settings | {"seed": seed}, out)
    began = time.perf_counter()
    report = task.report(data)
    print(f"seed {seed}: {report.conclusion}", flush=True)
    if out is not None:
        (out / "report.html").write_text(report.page, encoding="utf-8")
        (out / "report.json").write_text(json.dumps(report.scores), encoding="utf-8")
    numbers = {name: value for name, value in report.scores.items() if isinstance(value, float)}
    for name in (DIFFERENCE, GAIN):
        if name in report.scores:
            numbers[name] = report.scores[name]["mean"]
    return numbers | {"minutes_to_train": minutes, "minutes_to_report": (time.perf_counter() - began) / 60}


def verdict(rows: list[dict[str, float]], name: str, sign: int) -> str:
    """Say whether a number of all trainings is on the good side of 0, by its interval.

    Args:
        rows: numbers of each training.
        name: of the number.
        sign: of a good number, 1 or -1.
    """
    over_trainings = interval([row[name] for row in rows])
    end = over_trainings.low if sign > 0 else -over_trainings.high
    answer = "beats" if end > 0 else "does not beat"
    return f"over {len(rows)} trainings the game {answer} its likelihood model: {name} {over_trainings}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path, help="folder of the runs, one a seed")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    settings = {}
    for setting in options.set:
        name, _, value = setting.partition("=")
        settings[name] = json.loads(value)
    print(f"{options.data}, {processor()}, settings {settings}")
    rows = []
    for seed in options.seeds:
        out = None if options.out is None else options.out / f"seed-{seed}"
        rows.append(measured(options.data, seed, settings, out))
        print(json.dumps(rows[-1]), flush=True)
    for name in rows[0]:
        values = [row[name] for row in rows if name in row]
        print(f"{name:50} {interval(values)}")
    for name, sign in ((DIFFERENCE, -1), (GAIN, 1)):
        if all(name in row for row in rows):
            print(verdict(rows, name, sign))


if __name__ == "__main__":
    main()
