"""Generators of text beside the likelihood models of the same networks.

    python benchmarks/text_gan.py seqgan_oracle --seeds 1 2 3 [--out RUNS] [--set NAME=VALUE ...]
    python benchmarks/text_gan.py multi30k/en --seeds 1 2 3 --set hidden_size=256

A training a seed; with --out its run and report are kept, and a run that is there is measured again, not trained. Of
the oracle it gives the lowest NLL_oracle where NLL_test is at most 8.0 and 8.5 (published: by likelihood 8.24 and 7.15,
by cooperative training 7.85 and 6.95, by likelihood and a GAN 8.46 and 7.56), on its test part, whose sequences are
neither learnt from nor do they choose weights. Of lines it gives test BLEU-5 at equal NLL_test. Both with 95% intervals
over the trainings.
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
    difference = report.scores.get("difference_at_equal_test_nats")
    if difference is not None:
        numbers["difference_at_equal_test_nats"] = difference["mean"]
    return numbers | {"minutes_to_train": minutes, "minutes_to_report": (time.perf_counter() - began) / 60}


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


if __name__ == "__main__":
    main()
