"""How good made series are, by TimeGAN's protocol, and how long a table takes.

    python benchmarks/series_gan.py timegan_stock sines      # 3 trainings, 10 judges each
    python benchmarks/series_gan.py table                    # a table of 8,760 x 5, trained and sampled
    python benchmarks/series_gan.py timegan_stock --method likelihood --seeds 1 --judges 3
    python benchmarks/series_gan.py timegan_stock --epsilon 10 --seeds 1    # by differentially private gradients
    python benchmarks/series_gan.py timegan_stock --method timegan --set learning_rate=1e-3
    python benchmarks/series_gan.py canaries --seeds 1       # planted in 40 series, found in what is made of them

Published: TimeGAN .102/.038 on stock and .011/.093 on sines; real windows score .036 (predictive) on stock.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recurra import TimeSeriesGAN
from recurra.data.sources.named import fetch
from recurra.metrics.intervals import interval
from recurra.tasks.series_gan.judges import discriminative_scores, predictive_scores
from recurra.tasks.series_gan.windows import Windows

WINDOW = 24


def train(name: str, seed: int, arguments: argparse.Namespace, out: Path) -> TimeSeriesGAN:
    """Learn from all windows, each of which stands alone, as published."""
    settings = {"method": arguments.method, "seed": seed, "epochs": arguments.epochs, "epsilon": arguments.epsilon}
    settings |= {"window": WINDOW, "valid_fraction": 0.0, "continued": False}
    has_two_phases = arguments.method in ("rtsgan", "timegan")
    settings["pretraining_epochs"] = arguments.pretraining_epochs if has_two_phases else 0
    settings |= {name: json.loads(value) for name, _, value in (text.partition("=") for text in arguments.set)}
    return TimeSeriesGAN(**settings).fit(name, out=out, overwrite=True)


def windows(task: TimeSeriesGAN) -> tuple[Windows, Windows]:
    """All real windows, and as many made ones, which went through the table and back."""
    index = task.training_windows.index
    real = Windows(*index.gather(np.arange(len(index))))
    made = task.sample(len(index), length=WINDOW, seed=1)
    return real, Windows.of(task.encoding.encode_cells(made).steps)


def unscaled(windows: Windows) -> Windows:
    """Sine waves as they were drawn: TimeGAN's public code scales measured data, and leaves these as they are."""
    with np.load(fetch("sines") / "sines.npz") as file:
        least, most = file["X"].min((0, 1)), file["X"].max((0, 1))
    return Windows(least + windows.steps * (most - least), windows.lengths)


def score(name: str, arguments: argparse.Namespace, folder: Path) -> None:
    """Train some times and let judges of several seeds look at each."""
    scores: dict[str, list[float]] = {"discriminative": [], "predictive": []}
    for seed in arguments.seeds:
        began, worked = time.perf_counter(), time.process_time()
        out = folder / f"{name}-{arguments.method}-{seed}"
        task = train(name, seed, arguments, out)
        trained, worked = time.perf_counter() - began, time.process_time() - worked
        real, made = windows(task)
        if name == "sines":
            real, made = unscaled(real), unscaled(made)
        judges = range(arguments.judges)
        (predictive,) = predictive_scores(made, [real], judges)
        judged = {"discriminative": discriminative_scores(real, made, judges), "predictive": predictive}
        for kind, values in judged.items():
            scores[kind].append(float(np.mean(values)))
            print(f"{name} {arguments.method} seed {seed}: {kind} {interval(values)}", end="; ")
            print(f"trained in {trained:.0f} s, {worked:.0f} s of processor time", flush=True)
    means = {kind: interval(values).to_json() for kind, values in scores.items()}
    print(json.dumps({"data": name, "method": arguments.method, "means over trainings": means}))


def write_table(path: Path) -> None:
    """A year of hours of five columns: a time stamp, a load, a whole number, a category and a meter that rises."""
    generator = np.random.default_rng(0)
    hours = np.arange(8760)
    load = 50 + 20 * np.sin(hours * 2 * np.pi / 24) + np.cumsum(generator.normal(0, 0.5, 8760)) % 30
    meter = np.cumsum(np.round(load * generator.uniform(0.9, 1.1, 8760))).astype(int)
    stamps = np.datetime64("2024-01-01T00:00:00") + hours * np.timedelta64(3600, "s")
    people, state = generator.poisson(load / 10), np.where(load > 60, "high", np.where(load > 40, "usual", "low"))
    rows = [
        f"{str(stamp).replace('T', ' ')},{value:.2f},{count},{kind},{total}"
        for stamp, value, count, kind, total in zip(stamps, load, people, state, meter, strict=True)
    ]
    path.write_text("\n".join(["time,load,people,state,meter", *rows]) + "\n")


def table(folder: Path) -> None:
    """Learn from a table of 8,760 rows with the usual settings, and make as many."""
    path = folder / "table.csv"
    write_table(path)
    began, worked = time.perf_counter(), time.process_time()
    task = TimeSeriesGAN(rules="meter non-decreasing").fit(path, out=folder / "table", overwrite=True)
    trained = time.perf_counter()
    made = task.sample(1, length=8760, seed=1)
    made.write_csv(folder / "made.csv")
    sampled = time.perf_counter()
    broken = sum(int(rule.violations(made).sum()) for rule in task.encoding.rules)
    print(f"table of 8,760 x 5: trained in {trained - began:.0f} s, {len(made.cells):,} rows made in", end=" ")
    print(f"{sampled - trained:.1f} s; {broken} break a rule; in all {(sampled - began) / 60:.1f} min,", end=" ")
    print(f"{(time.process_time() - worked) / 60:.1f} of processor time")


def waves(count: int, seed: int) -> np.ndarray:
    """Series of three sine waves each, (count, WINDOW, 3), from 0 to 1."""
    generator = np.random.default_rng(seed)
    frequencies, phases = generator.uniform(0.2, 0.6, (count, 1, 3)), generator.uniform(0, 2 * np.pi, (count, 1, 3))
    return (1 + np.sin(frequencies * np.arange(WINDOW)[:, None] + phases)) / 2


def canaries(method: str, seeds: Sequence[int], epochs: int) -> None:
    """Plant ten canaries in few series, each so often that it is learnt by heart; look for them in what is made."""
    for seed in seeds:
        settings = {"method": method, "seed": seed, "epochs": epochs, "valid_fraction": 0.0, "threads": 1}
        began, real = time.perf_counter(), waves(40, seed)
        exposed = TimeSeriesGAN(canaries=10, canary_repeats=20, **settings).fit(real, progress=False)
        control = TimeSeriesGAN(**settings).fit(real, progress=False)
        for name, task in (("learnt with the canaries", exposed), ("learnt without", control)):
            made = Windows.of(task.encoding.encode_cells(task.sample(4000, length=WINDOW, seed=1)).steps)
            exposure = exposed.canaries_.exposure(made.steps, task.encoding.step_features, seed)
            bits = ", ".join(f"{value:.1f}" for value in exposure.bits)
            print(f"canaries, {method}, seed {seed}, {name}: {exposure.given_away} of 10 found; exposure {bits} bits")
        print(f"    both trained in {time.perf_counter() - began:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=["timegan_stock", "sines", "table", "canaries"])
    parser.add_argument("--method", default="rtsgan")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="of the trainings")
    parser.add_argument("--judges", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=TimeSeriesGAN.Config.epochs)
    parser.add_argument("--pretraining-epochs", type=int, default=TimeSeriesGAN.Config.pretraining_epochs)
    parser.add_argument(
        "--epsilon", type=float, default=TimeSeriesGAN.Config.epsilon, help="privacy budget; 0 for none"
    )
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="more settings")
    parser.add_argument("--folder", type=Path, help="for the runs; by default none are kept")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for what in arguments.what:
            if what == "table":
                table(folder)
            elif what == "canaries":
                canaries(arguments.method, arguments.seeds, arguments.epochs)
            else:
                score(what, arguments, folder)


if __name__ == "__main__":
    main()
