"""Made clips of moving shapes (MoCoGAN's data) after an hour on two cores: do they keep their content, and move?

    python benchmarks/clip_gan.py [--minutes 60] [--threads 2] [--seeds 1 2 3] [--out RUNS] [--set NAME=VALUE ...]
    python benchmarks/clip_gan.py --steps 20 [--threads 2] [--set NAME=VALUE ...]

The first trains with the settings of the job, and compares 10 sets of made clips with real ones that were held out.
Published average content distances (Tulyakov et al., 2018): MoCoGAN 1.79, TGAN 2.08, VGAN 5.02; motion and diversity,
which a frozen frame would lack, are to be within a tenth of real clips. The second measures a training step and its
parts, in seconds of processor time, since what else runs on a machine counts least there.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from recurra import ClipGAN
from recurra.bench.machine import processor
from recurra.metrics.clips import COMPARED
from recurra.tasks.clip_gan.config import ClipGANConfig
from recurra.tasks.clip_gan.network import ClipGANNetwork, RealClips, as_colors
from recurra.training.adversarial import Adversarial
from recurra.training.processes import Processes

DATA = "mocogan_shapes"
ASKED, AIM = 2.08, 1.79  # average content distance


def trained(settings: dict[str, Any], out: Path | None) -> ClipGAN:
    """A generator that has learnt the shapes."""
    return ClipGAN(**settings).fit(DATA, out=out, overwrite=True)


def compare(settings: dict[str, Any], seed: int, out: Path | None) -> None:
    """Train and print the report."""
    folder = None if out is None else out / f"seed-{seed}"
    began = time.perf_counter()
    gan = trained(settings | {"seed": seed}, folder)
    minutes = (time.perf_counter() - began) / 60
    report = gan.report(DATA)
    if folder is not None:
        (folder / "report.html").write_text(report.page, encoding="utf-8")
    made = report.scores["made"]["content_distance"]["mean"]
    shares = {name: f"{report.scores['share'][name]['mean']:.1%}" for name in COMPARED}
    print(f"seed {seed}, {minutes:.0f} min: ACD {made:.2f} (asked {ASKED}, aim {AIM}), of real clips: {shares}")
    print(f"    {report.conclusion}", flush=True)


def seconds(function: Callable[[], Any], steps: int) -> float:
    """Processor time of a call."""
    function()
    began = time.process_time()
    for _ in range(steps):
        function()
    return (time.process_time() - began) / steps


def measure(settings: dict[str, Any], steps: int) -> None:
    """Print what a step and its parts take, on clips of noise."""
    config = ClipGANConfig(**settings)
    network = ClipGANNetwork(config, labels=2)
    shape = (config.batch_size, config.clip_length, config.frame_size, config.frame_size, 3)
    batch = RealClips(torch.randint(0, 256, shape, dtype=torch.uint8), torch.arange(config.batch_size) % 2)
    real = as_colors(batch.clips)
    update = Adversarial(network, config, 1000, Processes(0, 1, torch.device("cpu")))
    parts = {
        "step": lambda: update.step(batch, 0),
        "make": torch.no_grad()(lambda: network.make(batch)),
        "make, backward": lambda: network.make(batch).mean().backward(),
        "judge, backward": lambda: network.discriminator(real, batch.labels).joined().mean().backward(),
        "gradient penalty": lambda: network._gradient_penalty(real, batch.labels).backward(),
    }
    for name, part in parts.items():
        print(f"{name}: {1000 * seconds(part, steps):.0f} ms of processor time")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    settings: dict[str, Any] = {"threads": arguments.threads}
    for setting in arguments.set:
        name, _, value = setting.partition("=")
        settings[name] = json.loads(value)
    torch.set_num_threads(arguments.threads)
    print(f"{processor()}, {arguments.threads} threads")
    if arguments.steps:
        measure(settings, arguments.steps)
        return
    for seed in arguments.seeds:
        compare(settings | {"max_minutes": arguments.minutes}, seed, arguments.out)


if __name__ == "__main__":
    main()
