"""Actions recognized: UTD-MHAD by persons that were not learnt from; Weizmann's actions, one person left out each time.

    python benchmarks/actions.py utd_mhad --signals inertial --seeds 1 2 3 [--held-out] [--corrupted]
    python benchmarks/actions.py mocogan_weizmann --seeds 1 2 3

UTD-MHAD: subjects 1, 3, 5 and 7 are learnt from, 2, 4, 6 and 8 tested on. With --held-out each of the four is left out
in turn instead, and the test part is not touched: by that settings were chosen. With --corrupted the signals of the
test are also corrupted in 25 ways, see action_corruptions.py. Settings are those of settings/DATA.toml and, for some
signals, settings/DATA_SIGNALS.toml, and what --set adds.
"""

import argparse
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import action_corruptions
import numpy as np

from recurra import VideoClassifier
from recurra.bench.machine import processor
from recurra.data.clips.clips import Clips
from recurra.data.sources import clips as sources

SETTINGS = Path(__file__).parent / "settings"
PERSONS = range(1, 10)  # of Weizmann's actions


def settings_of(data: str, signals: str, more: list[str]) -> dict[str, Any]:
    """The settings of a row, and those of the command line (NAME=VALUE) over them."""
    chosen: dict[str, Any] = {}
    for name in (data, f"{data}_{signals}"):
        file = SETTINGS / f"{name}.toml"
        if file.exists():
            chosen |= tomllib.loads(file.read_text())
    for setting in more:
        name, _, value = setting.partition("=")
        chosen[name] = json.loads(value)
    return chosen


def resolved(task: VideoClassifier, data: str, part: str) -> Clips:
    config = task.config
    read = {"frame_rate": config.frame_rate, "frame_size": config.frame_size}
    return sources.resolve(data, **read, part=part, signals=config.signal_names or None)


def trained(settings: dict[str, Any], train: Any, valid: Any = None) -> tuple[VideoClassifier, float]:
    """A task that has learnt, and the seconds that took."""
    task, began = VideoClassifier(**settings), time.perf_counter()
    task.fit(train, valid=valid, progress=False)
    return task, time.perf_counter() - began


def in_memory(clips: Clips) -> tuple[dict[str, list[np.ndarray | None]], list[Any], list[str]]:
    """Clips as `fit` takes them: the samples of each signal, the answers and the groups."""
    signals = {name: [samples[i] for i in range(len(clips))] for name, samples in clips.signals.items()}
    return signals, list(clips.required_answers()), list(clips.groups or [])


def held_out(settings: dict[str, Any], persons: list[str]) -> list[float]:
    """The accuracy on some of the persons that are learnt from, left out in turn."""
    whole = resolved(VideoClassifier(**settings), "utd_mhad", "train")
    groups, accuracies = np.array(whole.groups), []
    for person in persons or sorted(set(groups)):
        parts = [whole.select(np.flatnonzero(groups != person)), whole.select(np.flatnonzero(groups == person))]
        task, seconds = trained(settings, parts[0])
        scores = task.evaluate(parts[1])
        accuracies.append(scores["accuracy"])
        measured = f"{scores['accuracy']:.2%}, {scores['nats']:.3f} nats, {seconds:.0f} s"
        print(f"    {person} left out: {measured}", flush=True)
        alone(task, parts[1])
    return accuracies


def alone(task: VideoClassifier, clips: Clips) -> None:
    """Print the accuracy with each of several signals alone."""
    for name in clips.signals if len(clips.signals) > 1 else ():
        part = Clips({name: clips.signals[name]}, clips.rates, clips.answers, clips.groups, clips.where)
        print(f"        {name} alone: {task.evaluate(part)['accuracy']:.2%}", flush=True)


def corrupted(task: VideoClassifier, clips: Clips) -> list[float]:
    """The accuracy under each of 25 corruptions."""
    signals, answers, _ = in_memory(clips)
    accuracies = []
    for name in action_corruptions.CORRUPTIONS:
        changed = {signal: list[np.ndarray | None]() for signal in signals}
        for i in range(len(answers)):
            clip = action_corruptions.corrupt({signal: signals[signal][i] for signal in signals}, name, seed=i)
            for signal, samples in clip.items():
                changed[signal].append(samples)
        there = {signal: samples for signal, samples in changed.items() if any(x is not None for x in samples)}
        accuracies.append(task.evaluate(there, answers)["accuracy"])
        print(f"    {name:40} {accuracies[-1]:.2%}", flush=True)
    return accuracies


def utd_mhad(arguments: argparse.Namespace) -> None:
    for seed in arguments.seeds:
        settings = settings_of("utd_mhad", arguments.signals.replace(",", "_"), arguments.set)
        settings |= {"signals": arguments.signals, "seed": seed, "threads": arguments.threads, "valid_fraction": 0.0}
        if arguments.held_out is not None:
            accuracies = held_out(settings, arguments.held_out)
            print(f"seed {seed}: mean of the held-out persons {np.mean(accuracies):.2%}", flush=True)
            continue
        task, seconds = trained(settings, resolved(VideoClassifier(**settings), "utd_mhad", "train"))
        test = resolved(task, "utd_mhad", "test")
        scores = task.evaluate(test)
        print(
            f"seed {seed}: {scores['accuracy']:.2%}, {scores['nats']:.3f} nats, learnt in {seconds:.0f} s", flush=True
        )
        alone(task, test)
        if arguments.corrupted:
            print(f"seed {seed}: corrupted, mean of 25: {np.mean(corrupted(task, test)):.2%}", flush=True)


def weizmann(arguments: argparse.Namespace) -> None:
    for seed in arguments.seeds:
        settings = settings_of("mocogan_weizmann", "", arguments.set) | {"seed": seed, "threads": arguments.threads}
        correct, total, began = 0.0, 0, time.perf_counter()
        for person in PERSONS:
            task, _ = trained(settings, f"mocogan_weizmann/{person}")
            scores = task.evaluate(f"mocogan_weizmann/{person}")
            correct += scores["accuracy"] * scores["examples"]
            total += scores["examples"]
            print(f"    person {person} left out: {scores['accuracy']:.0%}", flush=True)
        print(f"seed {seed}: {correct / total:.2%} of {total} clips, {time.perf_counter() - began:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=["utd_mhad", "mocogan_weizmann"])
    parser.add_argument("--signals", default="depth,skeleton,inertial")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--held-out", nargs="*", metavar="PERSON", help="all four, or some, such as s1 s3")
    parser.add_argument("--corrupted", action="store_true")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    print(f"{arguments.data}, {processor()}, {arguments.threads} threads", flush=True)
    (utd_mhad if arguments.data == "utd_mhad" else weizmann)(arguments)


if __name__ == "__main__":
    main()
