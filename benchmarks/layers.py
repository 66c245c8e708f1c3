"""Speed of the layers beside torch.nn, Keras and Flax on JAX, and ONNX Runtime, in one run.

Every row runs its contestants in turn, round after round, and takes the median of the calls; the ratio is the time of a
peer over ours, above 1 where Recurra is faster. Other libraries run in processes of their own, on the same processors,
and each at its best setting; where one sequence runs alone, Recurra, torch.nn and ONNX Runtime try one thread too.
Compiling does not count. A peer whose results are not ours is reported, not timed.

    python benchmarks/layers.py [--threads 2] [--only forward,training] [--markdown docs/benchmarks.md]
"""

import argparse
import importlib.util
import multiprocessing
import os
import platform
import re
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import peers
import torch
import training
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

import recurra
from recurra.bench import grid, machine, report, timing
from recurra.bench.peak import Peak
from recurra.data.files import atomic

Peers = dict[str, peers.Peer]
EXAMPLE = Path(__file__).parent.parent / "examples" / "03_cell_of_your_own.py"
PACKAGES = ("recurra", "torch", "numpy", "jax", "flax", "keras", "onnx", "onnxruntime")


def layers(part: str, options: argparse.Namespace, others: Peers) -> report.Table:
    """The grid, forward or with gradients."""
    peak, rows = Peak(options.threads), []
    for cell in grid.CELLS:
        for size in (grid.Size(1, 5, 16), grid.Size(2, 5, 16)) if options.quick else grid.GRID:
            say(f"{part}: {cell} {size.batch} x {size.steps} x {size.hidden}")
            job = grid.Job(part, cell, size, tried(options, size.batch))
            able = {name: peer for name, peer in others.items() if part == "forward" or name != "ONNX Runtime"}
            ways = {name: peer.take(part, cell, job.threads, job.tensors()) for name, peer in able.items()}
            rows.append(grid.compare(job, ways, peak, budget=options.budget, rounds=options.rounds))
    return arithmetic(grid.PARTS[part], rows, peak)


def packed(options: argparse.Namespace, others: Peers) -> report.Table:
    """Sequences of unequal length; torch.nn also on the padded ones, of which it computes the padding too."""
    batch, longest, hidden = (3, 6, 16) if options.quick else (32, 512, 256)
    lengths = torch.randint(1, longest + 1, (batch,))
    given = pack_padded_sequence(torch.randn(longest, batch, hidden), lengths, enforce_sorted=False)
    given = PackedSequence(given.data.requires_grad_(), *given[1:])
    gradient = PackedSequence(torch.randn_like(given.data), *given[1:])
    padded = [pad_packed_sequence(some)[0].detach().requires_grad_(some is given) for some in (given, gradient)]

    def differentiate(layer: nn.Module) -> list[Tensor]:
        output = layer(given)[0].data
        return [output, *torch.autograd.grad(output, [given.data, *layer.parameters()], gradient.data)]

    def unpad(results: list[Tensor]) -> list[Tensor]:
        return [pack_padded_sequence(t, lengths, enforce_sorted=False).data for t in results[:2]] + results[2:]

    peak, rows = Peak(options.threads), []
    for cell in grid.CELLS:
        say(f"packed: {cell}")
        ours, plain = grid.pair(cell, hidden)
        way = partial(timing.Here, threads=[options.threads], gradients=True)
        ways = {
            "torch.nn": way(partial(differentiate, plain)),
            "torch.nn, padded": way(partial(grid.differentiate, plain, *padded), read=unpad),
        }
        case: dict[str, str | int] = {"cell": cell, "B": batch, "T": f"1 to {longest}", "H": hidden}
        operations = grid.operations(cell, grid.Size(1, int(lengths.sum()), hidden), True)
        rows.append(report.Row(case, *compare(options, way(partial(differentiate, ours)), ways, peak), operations))
        peak.reached(rows[-1].gflops)
    return arithmetic("Packed sequences of unequal length, forward and backward", rows, peak)


def step(options: argparse.Namespace, others: Peers) -> report.Table:
    """One step of one stream."""
    rows = []
    for cell in ("LSTM", "GRU"):
        for hidden in (16, 24) if options.quick else (128, 256, 512, 1024):
            say(f"step: {cell} {hidden}")
            ours, plain = grid.pair(cell, hidden)
            one = getattr(nn, f"{cell}Cell")(hidden, hidden)
            one.load_state_dict(grid.weights(plain))
            x, *states = torch.randn(3 if cell == "LSTM" else 2, 1, hidden)  # (B, H) each
            inner: Any = tuple(states) if cell == "LSTM" else states[0]
            outer: Any = tuple(state[None] for state in states) if cell == "LSTM" else states[0][None]
            threads = tried(options, 1)
            way = partial(timing.Here, threads=threads, read=lambda result: [result[0]])
            ways: dict[str, timing.Way] = {
                "torch cell": way(partial(one, x, inner)),
                "torch.nn, T = 1": way(partial(plain, x[None], outer)),
            }
            if "ONNX Runtime" in others:
                tensors = {"x": x[None], **dict(zip(("h0", "c0"), states, strict=False)), **grid.weights(plain)}
                ways["ONNX Runtime"] = others["ONNX Runtime"].take("step", cell, threads, tensors)
            mine: Any = ours
            call = partial(mine.step, x, outer, mine.pack())
            rows.append(report.Row({"cell": cell, "H": hidden}, *compare(options, way(call), ways)))
    return report.Table("One step of one stream, no gradients", rows, unit="µs")


def cross_entropy(options: argparse.Namespace, others: Peers) -> report.Table:
    """Linear layer, softmax and loss, and the memory that they take."""
    sizes = (64, 16, 50) if options.quick else (2048, 512, 10_000)
    say("cross-entropy")
    peak, tensors = Peak(options.threads), loss_tensors(*sizes)
    way = partial(timing.Here, threads=[options.threads], gradients=True)
    ours, plain = (way(partial(loss, *tensors)) for loss in LOSSES.values())
    rows_of, hidden, symbols = sizes
    case: dict[str, str | int] = {"rows": rows_of, "H": hidden, "symbols": symbols}
    row = report.Row(case, *compare(options, ours, {"torch": plain}, peak), 6.0 * rows_of * hidden * symbols)
    peak.reached(row.gflops)
    table = arithmetic("Linear layer and cross-entropy, forward and backward", [row], peak)
    context = multiprocessing.get_context("spawn")
    used = {}
    for name in LOSSES:
        with ProcessPoolExecutor(1, context) as process:
            used[name] = process.submit(loss_memory, name, sizes).result()
    if all(used.values()):
        table.notes.append(
            f"Peak memory of it, gradients included: Recurra {used['recurra'] / 1e6:,.1f} MB, "
            f"torch {used['torch'] / 1e6:,.1f} MB ({used['torch'] / used['recurra']:.2f} times as much)."
        )
    return table


def loss_tensors(rows: int, hidden: int, symbols: int) -> list[Tensor]:
    x, weight, bias = torch.randn(rows, hidden), torch.randn(symbols, hidden) / hidden**0.5, torch.zeros(symbols)
    return [*(t.requires_grad_() for t in (x, weight, bias)), torch.randint(symbols, (rows,))]


def our_loss(x: Tensor, weight: Tensor, bias: Tensor, target: Tensor) -> list[Tensor]:
    loss = recurra.kernels.linear_cross_entropy(x, weight, bias, target)
    return [loss, *torch.autograd.grad(loss, [x, weight, bias])]


def plain_loss(x: Tensor, weight: Tensor, bias: Tensor, target: Tensor) -> list[Tensor]:
    loss = F.cross_entropy(F.linear(x, weight, bias), target, reduction="sum")
    return [loss, *torch.autograd.grad(loss, [x, weight, bias])]


LOSSES = {"recurra": our_loss, "torch": plain_loss}


def loss_memory(name: str, sizes: tuple[int, int, int]) -> int:
    """Bytes that one call takes at most; in a process that has done nothing else. 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    LOSSES[name](*loss_tensors(8, 8, 8))  # what the first call brings into memory, whatever its size
    tensors = loss_tensors(*sizes)
    before = int(re.findall(r"VmRSS:\s+(\d+)", status.read_text())[0])
    kept = LOSSES[name](*tensors)
    after = int(re.findall(r"VmHWM:\s+(\d+)", status.read_text())[0])
    del kept
    return (after - before) * 1024


def model(options: argparse.Namespace, others: Peers) -> report.Table:
    """The character model of benchmarks/training.py, trained by `fit` and by a plain PyTorch script."""
    torch.set_num_threads(options.threads)
    say("model: see benchmarks/training.py")
    hidden, characters = (8, 20_000) if options.quick else (512, 250_000)
    settings = {"--rounds": options.rounds, "--hidden-size": hidden, "--characters": characters}
    times = training.measure(training.read([str(word) for setting in settings.items() for word in setting]))
    ratios = times.ratios()
    row = report.Row(
        {"model": f"LSTM 2 x {hidden}", "B": training.BATCH, "T": training.STEPS, "symbols": times.symbols},
        timing.Timing.of(times.recurra),
        {"plain PyTorch": timing.Timing.of(times.plain)},
        times.tokens,
    )
    note = f"Round by round the ratio is {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})."
    title = (
        "A character model, trained, validated and kept: `fit` beside a plain PyTorch script (benchmarks/training.py)"
    )
    return report.Table(title, [row], unit="s", rate="tokens/s", notes=[note])


class PlainCell(nn.Module):
    """The cell of the example as one would write it in the manner of torch.nn.GRUCell."""

    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.ih, self.hh = nn.Linear(inputs, 2 * hidden), nn.Linear(hidden, 2 * hidden)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        (x_f, x_n), (u_f, u_n) = self.ih(x).chunk(2, -1), self.hh(h).chunk(2, -1)
        f = torch.sigmoid(x_f + u_f)
        n = torch.tanh(x_n + f * u_n)
        return (1 - f) * h + f * n


class PlainLoop(nn.Module):
    """A cell carried along a sequence, (T, B, I) to (T, B, H), by a loop in Python."""

    def __init__(self, cell: nn.Module, hidden: int):
        super().__init__()
        self.cell, self.hidden = cell, hidden

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h, outputs = x.new_zeros(x.shape[1], self.hidden), []
        for step in x:
            h = self.cell(step, h)
            outputs.append(h)
        return torch.stack(outputs), h


def own_cell(options: argparse.Namespace, others: Peers) -> report.Table:
    """A cell that a user writes, examples/03_cell_of_your_own.py."""
    spec = importlib.util.spec_from_file_location("example", EXAMPLE)
    assert spec
    assert spec.loader
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    batch, steps, hidden = (2, 5, 16) if options.quick else (64, 128, 256)
    say("own-cell")
    ours = recurra.nn.Recurrent(example.MinimalGatedCell, hidden, hidden)
    plain = PlainLoop(PlainCell(hidden, hidden), hidden)
    w_ih, w_hh, b_ih, b_hh = ours.all_weights[0]
    plain.cell.load_state_dict({"ih.weight": w_ih, "ih.bias": b_ih, "hh.weight": w_hh, "hh.bias": b_hh})
    x, gradient = torch.randn(steps, batch, hidden, requires_grad=True), torch.randn(steps, batch, hidden)

    def way(layer: nn.Module, order: Sequence[int]) -> timing.Here:
        call = partial(grid.differentiate, layer, x, gradient)
        return timing.Here(call, [options.threads], gradients=True, read=lambda found: [found[i] for i in order])

    peer = {"loop in Python": way(plain, [0, 1, 2, 4, 3, 5])}  # w_ih, w_hh, b_ih, b_hh
    case: dict[str, str | int] = {"cell": "minimal gated", "B": batch, "T": steps, "H": hidden}
    row = report.Row(case, *compare(options, way(ours, range(6)), peer), batch * steps)
    return report.Table("A cell of your own, forward and backward", [row], rate="tokens/s")


PARTS: dict[str, Callable[[argparse.Namespace, Peers], report.Table]] = {
    "forward": partial(layers, "forward"),
    "training": partial(layers, "training"),
    "packed": packed,
    "step": step,
    "cross-entropy": cross_entropy,
    "model": model,
    "own-cell": own_cell,
}


def compare(
    options: argparse.Namespace, ours: timing.Way, others: dict[str, Any], peak: Peak | None = None
) -> tuple[timing.Timing, dict[str, timing.Timing | str]]:
    between = None if peak is None else peak.measure
    return timing.compare(ours, others, budget=options.budget, rounds=options.rounds, between=between)


def tried(options: argparse.Namespace, batch: int) -> list[int]:
    """Numbers of threads to try: one sequence alone may run better on one."""
    return sorted({options.threads, 1 if batch == 1 else options.threads}, reverse=True)


def arithmetic(title: str, rows: list[report.Row], peak: Peak) -> report.Table:
    highest = peak.gflops
    note = f"The highest rate seen, in turn with the rows, is {highest:,.0f} GFLOP/s." if highest else ""
    return report.Table(title, rows, rate="GFLOP/s", peak=highest, notes=[note] * bool(note))


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


def preface(options: argparse.Namespace) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions(PACKAGES).items())
    command = shlex.join(["python", "benchmarks/layers.py", *sys.argv[1:]])
    kernels = recurra.kernels.compiled.instruction_set() or "none"
    said = " ".join((__doc__ or "").split("\n\n")[1].split())
    return (
        f"# Benchmarks\n\n    {command}\n\n{said}\n\n"
        f"- Processor: {machine.processor()}, {os.cpu_count()} cores; threads: {options.threads}\n"
        f"- Date: {time.strftime('%Y-%m-%d')}; rounds: {options.rounds}; seconds for each way: {options.budget:g}\n"
        f"- Versions: Python {platform.python_version()}, {versions}; compiled kernels: {kernels}\n"
    )


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between; by default all")
    parser.add_argument("--peers", default=",".join(peers.TITLES), help="libraries beside torch; by default all")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds for each contestant of a row")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, only to see that everything runs")
    parser.add_argument("--markdown", type=Path, help="file to write the tables to")
    options = parser.parse_args()
    for name, known in (("only", PARTS), ("peers", peers.TITLES)):
        given = [word for word in getattr(options, name).split(",") if word]
        if wrong := set(given) - set(known):
            parser.error(f"--{name}: expected some of {', '.join(known)}, got {', '.join(sorted(wrong))}")
        setattr(options, name, given)
    return options


def main() -> None:
    options = read()
    if hasattr(os, "sched_setaffinity"):  # of Linux; the peers inherit it
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    torch.manual_seed(1)
    written = [preface(options)]
    print(written[0])
    with peers.started(options.peers, options.threads) as others:
        for name in options.only:
            table = PARTS[name](options, others)
            print(report.text(table), end="\n\n", flush=True)
            written.append(report.markdown(table))
    if options.markdown:
        atomic.write_text(options.markdown, "\n".join(written))


if __name__ == "__main__":
    main()
