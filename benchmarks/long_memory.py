"""What recurrent networks remember over long distances, beside what is published: one sub-command a row.

Every row is a training of `recurra compare`, with one thread, into a run under --runs: stopped with Ctrl-C and called
again, it goes on. The settings are those that short trials found; each can be changed by a flag.

    python benchmarks/long_memory.py adding            [--length 600] [--minutes 20] [--seed 1]
    python benchmarks/long_memory.py adding-longest    [--length 10000] [--minutes 60]
    python benchmarks/long_memory.py copy              [--length 1000]
    python benchmarks/long_memory.py permuted-mnist    [--minutes 60]
    python benchmarks/long_memory.py parity            [--length 40]
    python benchmarks/long_memory.py temporal-order    [--length 100]

`adding-longest` lets lengths grow; `parity` learns from at most --length bits and is asked for up to 1,000,000;
`temporal-order` counts the sequences until the loss on 2,000 others is below 0.01, and then tests on 2,560, as
Hochreiter and Schmidhuber (1997) do, whose count has the last 2,000 of the training, all correct, in it.
A GRU adds, too:

    python benchmarks/long_memory.py adding --network gru+chrono+clip --hidden-size 64 --steps 40000 \\
        --settings '{"learning_rate": 0.01}'
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from recurra.data.generated.catalogue import generated
from recurra.explain.compare.generated_data import score
from recurra.explain.compare.plan import plan
from recurra.explain.compare.task import ComparedEstimator
from recurra.explain.compare.training_job import TrainingJob
from recurra.explain.compare.training_result import TrainingResult

CRITERION = 2000  # sequences in a row that the paper of 1997 wants answered correctly

Report = Callable[[TrainingJob, TrainingResult], list[str]]


def network_of(job: TrainingJob) -> Any:
    """The best weights of a run."""
    task: ComparedEstimator = job.estimator_class.load(job.run_folder.path)
    return task.fitted_network()


def scores_at(job: TrainingJob, lengths: list[int], count: int) -> list[tuple[int, dict[str, float]]]:
    """The scores of what was learnt at several lengths, on so many sequences, fewer of the longest."""
    network, name = network_of(job), job.config.task
    scores = []
    for length in lengths:
        task = generated(name, length)
        sequences = task.test(max(1, min(count, 2_000_000 // length)))
        scores.append((length, {"sequences": len(sequences)} | score(network, task, sequences)))
    return scores


def loss(job: TrainingJob, result: TrainingResult) -> list[str]:
    return [f"{job.config.task}, length {result.length}: {result.loss:.3g}, chance {result.chance_loss:.3g}"]


def longest(job: TrainingJob, result: TrainingResult) -> list[str]:
    lengths = [length for length in (500, 1000, 2000, 5000, 10_000, 20_000, 50_000) if length <= 5 * result.length]
    lines = [f"trained up to length {result.records[-1]['length']:.0f}"]
    solved = [0]
    for length, scores in scores_at(job, lengths, 500):
        lines.append(f"length {length}: {scores['loss']:.3g} on {scores['sequences']} sequences")
        solved += [length] if scores["loss"] < 1e-3 else []
    return [*lines, f"longest length solved (squared error below 0.001): {max(solved)}"]


def accuracy(job: TrainingJob, result: TrainingResult) -> list[str]:
    return [f"{job.config.task}: {100 * (result.accuracy or 0):.2f}% of {job.config.test_sequences:,} images"]


def generalization(job: TrainingJob, result: TrainingResult) -> list[str]:
    lines = []
    for length, scores in scores_at(job, [job.config.length, 500, 10_000, 100_000, 1_000_000], 1000):
        lines.append(f"{length} bits: {100 * scores['accuracy']:.4f}% of all steps, {scores['sequences']} sequences")
    return lines


def sequences(job: TrainingJob, result: TrainingResult) -> list[str]:
    count = result.steps * job.config.batch_size
    return [
        f"{count} sequences ({count + CRITERION} with {CRITERION} more to be sure), "
        f"then {100 * (result.accuracy or 0):.2f}% of {job.config.test_sequences} correct"
    ]


@dataclass(frozen=True)
class Row:
    """A row of the table: what is trained how, and what is published."""

    task: str
    length: int
    network: str
    published: str
    report: Report
    minutes: float
    steps: int
    settings: dict[str, Any] = field(default_factory=dict)
    shortest: int | None = None
    parameters: int | None = None


ROWS = {
    "adding": Row(
        "adding",
        600,
        "unitary+clip",
        "TCN 5.8e-5, GRU 5.3e-5, LSTM .164, RNN .177",
        loss,
        minutes=20,
        steps=120_000,
        settings={"hidden_size": 32, "state_size": 16, "channels": 16, "batch_size": 32, "learning_rate": 5e-3}
        | {"average_decay": 0.999, "final_learning_rate": 3e-4, "steps_per_epoch": 500, "target_loss": 1e-7},
    ),
    "adding-longest": Row(
        "adding",
        10_000,
        "gru+chrono+clip",
        "IndRNN 5,000",
        longest,
        minutes=60,
        steps=10_000,
        settings={"hidden_size": 24, "batch_size": 8, "learning_rate": 1e-2, "growing": True, "target_loss": 2.5e-4}
        | {"average_decay": 0.99, "validation_sequences": 100},
    ),
    "copy": Row(
        "copy",
        1000,
        "unitary+clip",
        "TCN 3.5e-5; LSTM, GRU .02 (chance)",
        loss,
        minutes=20,
        steps=600,
        settings={"hidden_size": 128, "batch_size": 16, "learning_rate": 3e-3, "steps_per_epoch": 50}
        | {"target_loss": 1e-7, "validation_sequences": 100},
        shortest=0,
    ),
    "permuted-mnist": Row(
        "mnist/permuted",
        784,
        "unitary+clip",
        "LSTM 91, GRU 87.3; TCN 97.2",
        accuracy,
        minutes=60,
        steps=40_000,
        settings={"batch_size": 64, "learning_rate": 3e-3, "dropout": 0.2, "state_size": 224, "channels": 4}
        | {"steps_per_epoch": 500, "validation_sequences": 5000, "test_sequences": 10_000},
        parameters=70_000,
    ),
    "parity": Row(
        "parity",
        40,
        "rnn+orthogonal+clip",
        "RNN, LSTM 100% at 500",
        generalization,
        minutes=10,
        steps=5000,
        settings={"hidden_size": 32, "batch_size": 64, "learning_rate": 3e-3},
        shortest=1,
    ),
    "temporal-order": Row(
        "temporal-order",
        100,
        "gru+chrono+clip",
        "LSTM (1997) 31,390",
        sequences,
        minutes=5,
        steps=4000,
        settings={"hidden_size": 32, "batch_size": 8, "learning_rate": 1e-2, "steps_per_epoch": 5}
        | {"validation_sequences": 2000, "test_sequences": 2560, "target_loss": 1e-2, "schedule": "constant"},
    ),
}


def job_of(row: Row, options: argparse.Namespace) -> TrainingJob:
    """The training of a row, with what was given on the command line."""
    planned = plan(
        [options.network or row.network],
        row.task,
        [options.length or row.length],
        1,
        options.runs / options.row,
        steps=options.steps or row.steps,
        parameters=row.parameters if options.hidden_size is None else None,
        shortest=row.shortest if options.shortest is None else options.shortest,
        is_regression=False,
        overwrite=options.overwrite,
        settings=row.settings
        | {"seed": options.seed, "max_minutes": row.minutes if options.minutes is None else options.minutes}
        | ({} if options.hidden_size is None else {"hidden_size": options.hidden_size})
        | json.loads(options.settings),
    )
    return planned.jobs[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--network")
    parser.add_argument("--length", type=int)
    parser.add_argument("--shortest", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--hidden-size", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default="{}", help='more settings, as JSON: {"learning_rate": 0.01}')
    parser.add_argument("--runs", type=Path, default=Path("runs/long_memory"))
    parser.add_argument("--overwrite", action="store_true")
    options = parser.parse_args()
    row = ROWS[options.row]
    torch.set_num_threads(1)
    options.runs.mkdir(parents=True, exist_ok=True)
    began, job = time.perf_counter(), job_of(row, options)
    result = job.run()
    print(
        f"{job.config.network_name}, {result.parameters:,} parameters, seed {result.seed}: {result.steps} steps, "
        f"{result.seconds:.0f} s of learning, {time.perf_counter() - began:.0f} s in all, one thread"
    )
    print("\n".join(row.report(job, result)))
    print(f"published: {row.published}")


if __name__ == "__main__":
    main()
