"""Calls of the kernels' operations with one thing wrong in each: none may end the process, or give wrong numbers.

    python benchmarks/spoilt_calls.py [--calls 5000] [--seed 0]

A call is made right, then spoilt: another type, shape, stride or device of a tensor, an index out of range, a list of
another length, another setting. Right is a plain exception, or the numbers of the same call in plain torch. Calls run
in processes of their own, some hundreds each; where one dies, its call is counted as a crash and named.
"""

import argparse
import collections
import json
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from recurra import nn
from recurra.kernels import FUSED_CELLS, crf, crf_reference, reference, sequence, stream_step
from recurra.kernels.topk_logsumexp import topk_logsumexp

IN_ONE_PROCESS = 500
Arguments = dict[str, Any]
Function = Callable[..., Any]


# --- calls that are right ---------------------------------------------------------------------------------------------


def recurrence_arguments(draw: random.Random) -> Arguments:
    """Of the operation `recurrence`."""
    cell, directions = draw.choice(list(FUSED_CELLS)), draw.choice([1, 2])
    steps, batch, inputs, hidden = (draw.choice([1, 2, 5, 17]) for _ in range(4))
    bias, is_packed, looked_up = draw.random() < 0.7, draw.random() < 0.3, draw.random() < 0.3
    batch_sizes, rows = None, (steps, batch)
    if is_packed:
        counts = sorted((draw.randint(1, batch) for _ in range(steps - 1)), reverse=True)
        batch_sizes = torch.tensor([batch, *counts])
        rows = (int(batch_sizes.sum()),)
    x, symbols = torch.randn(*rows, inputs), None
    if looked_up:
        x, symbols = torch.randn(7, inputs), torch.randint(7, rows)
    shapes = [(inputs,), (hidden,)] + [()] * (2 if bias else 0)
    weights = [torch.randn(FUSED_CELLS[cell].gates * hidden, *shape) for _ in range(directions) for shape in shapes]
    h0 = torch.randn(directions, batch, hidden)
    c0 = torch.randn(directions, batch, hidden) if FUSED_CELLS[cell].has_memory else torch.empty(0)
    return {
        "x": x, "symbols": symbols, "batch_sizes": batch_sizes, "h0": h0, "c0": c0, "weights": weights,
        "cell": cell, "bias": bias, "directions": directions, "bf16": False, "save": draw.random() < 0.5,
    }  # fmt: skip


def backward_arguments(draw: random.Random) -> Arguments:
    """Of the operation `recurrence_backward`."""
    given = recurrence_arguments(draw) | {"save": True}
    y, hn, cn, saved = torch.ops.recurra.recurrence(**given)
    del given["save"]
    gradients = {"grad_y": torch.randn_like(y), "grad_hn": torch.randn_like(hn), "grad_cn": torch.randn_like(cn)}
    return gradients | given | {"y": y, "saved": saved, "needs": [True] * (1 + len(given["weights"]))}


def linear_arguments(draw: random.Random) -> Arguments:
    """Of the operation `linear`."""
    rows, inputs, outputs = (draw.choice([1, 3, 20, 100]) for _ in range(3))
    return {
        "x": torch.randn(rows, inputs),
        "weight": torch.randn(outputs, inputs),
        "bias": torch.randn(outputs) if draw.random() < 0.5 else None,
    }


def linear_backward_arguments(draw: random.Random) -> Arguments:
    """Of the operation `linear_backward`."""
    given = linear_arguments(draw)
    x, weight = given["x"], given["weight"]
    return {"grad_y": torch.randn(len(x), len(weight)), "x": x, "weight": weight, "needs": [True, True, True]}


def cross_entropy_arguments(draw: random.Random) -> Arguments:
    """Of the operation `linear_cross_entropy`."""
    given = linear_arguments(draw)
    target = torch.randint(len(given["weight"]), (len(given["x"]),))
    return given | {"target": target, "needs": [draw.random() < 0.5 for _ in range(3)]}


def crf_arguments(draw: random.Random) -> Arguments:
    """Of a CRF's sum."""
    batch, steps, labels = (draw.choice([1, 2, 9, 20]) for _ in range(3))
    return {
        "scores": torch.randn(batch, steps, labels), "transitions": torch.randn(labels, labels),
        "start": torch.randn(labels), "end": torch.randn(labels),
        "lengths": torch.randint(1, steps + 1, (batch,)),
    }  # fmt: skip


def crf_labels_arguments(draw: random.Random) -> Arguments:
    """Of the log-probability of labels."""
    given = crf_arguments(draw)
    batch, steps, labels = given["scores"].shape
    return given | {"labels": torch.randint(labels, (batch, steps))}


def crf_best_arguments(draw: random.Random) -> Arguments:
    """Of the best sequences of labels."""
    return crf_arguments(draw) | {"count": draw.choice([1, 3])}


def spans_arguments(draw: random.Random) -> Arguments:
    """Of a CRF's spans."""
    scores = crf_arguments(draw)["scores"]
    batch, steps, labels = scores.shape
    spans = []
    for _ in range(draw.randint(1, 5)):
        start = draw.randrange(steps)
        stop = draw.randint(start + 1, steps)
        spans.append((draw.randrange(batch), start, stop, [draw.randrange(labels) for _ in range(stop - start)]))
    return {"labels": labels, "scores": scores, "spans": spans}


def run_spans(labels: int, scores: Tensor, spans: list[Any]) -> Tensor:
    """Make the CRF and ask it."""
    return nn.CRF(labels).span_log_probs(scores, spans)


def topk_arguments(draw: random.Random) -> Arguments:
    """Of the largest of rows of scores."""
    return {"scores": torch.randn(draw.choice([1, 4]), draw.choice([5, 3000])), "count": draw.choice([1, 3])}


def step_arguments(draw: random.Random) -> Arguments:
    """Of packing weights and a step over them."""
    cell, layers, inputs, hidden = (
        draw.choice(list(FUSED_CELLS)),
        draw.choice([1, 2]),
        draw.choice([1, 9]),
        draw.choice([1, 20]),
    )
    batch, rows = draw.choice([0, 1, 3, 20]), FUSED_CELLS[cell].gates * hidden
    weights = [
        [
            torch.randn(rows, hidden if layer else inputs),
            torch.randn(rows, hidden),
            torch.randn(rows),
            torch.randn(rows),
        ]
        for layer in range(layers)
    ]
    states = [torch.randn(layers, batch, hidden) for _ in FUSED_CELLS[cell].states]
    return {"cell": cell, "layers": weights, "x": torch.randn(batch, inputs), "states": states}


def run_step(cell: str, layers: Any, x: Tensor, states: Any) -> tuple[Tensor, ...]:
    """Pack and step."""
    y, final = stream_step.pack(FUSED_CELLS[cell], layers).step(x, states)
    return y, *final


def layer_arguments(draw: random.Random) -> Arguments:
    """Of `kernels.sequence`, with gradients."""
    given = recurrence_arguments(draw)
    states = [given["h0"], given["c0"]][: len(FUSED_CELLS[given["cell"]].states)]
    names = ("cell", "x", "batch_sizes", "weights", "bias", "symbols")
    return {name: given[name] for name in names} | {"states": states, "bidirectional": given["directions"] == 2}


def run_layer(**given: Any) -> list[Tensor]:
    """Outputs, and the gradients of the weights."""
    weights = [weight.clone().requires_grad_() for weight in given.pop("weights")]
    cell = FUSED_CELLS[given.pop("cell")]
    y, _ = sequence(cell, weights=weights, states=tuple(given.pop("states")), training=True, **given)
    return [y, *torch.autograd.grad(y.sum(), weights)]


# --- the same in plain torch ------------------------------------------------------------------------------------------


def plain_recurrence(
    x: Tensor, symbols: Any, batch_sizes: Any, h0: Tensor, c0: Tensor, weights: Any, cell: str, bias: bool,
    directions: int, bf16: bool, save: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    """Outputs and final states."""
    fused = FUSED_CELLS[cell]
    states = (h0, c0) if fused.has_memory else (h0,)
    y, final = reference.sequence(
        fused, x, batch_sizes, weights, states, bias=bias, bidirectional=directions == 2, symbols=symbols
    )
    return y, *final


def plain_cross_entropy(x: Tensor, weight: Tensor, bias: Any, target: Tensor, needs: Any) -> Tensor:
    """The loss alone."""
    return F.cross_entropy(F.linear(x, weight, bias), target, reduction="sum")


OPERATIONS = torch.ops.recurra
TARGETS: dict[str, tuple[Callable[[random.Random], Arguments], Function, Function | None]] = {
    "recurrence": (recurrence_arguments, OPERATIONS.recurrence, plain_recurrence),
    "recurrence_backward": (backward_arguments, OPERATIONS.recurrence_backward, None),
    "linear": (linear_arguments, OPERATIONS.linear, F.linear),
    "linear_backward": (linear_backward_arguments, OPERATIONS.linear_backward, None),
    "linear_cross_entropy": (
        cross_entropy_arguments,
        OPERATIONS.linear_cross_entropy,
        plain_cross_entropy,
    ),
    "crf.log_partition": (crf_arguments, crf.log_partition, crf_reference.log_partition),
    "crf.log_likelihood": (crf_labels_arguments, crf.log_likelihood, crf_reference.log_likelihood),
    "crf.marginals": (crf_arguments, crf.marginals, None),
    "crf.viterbi_n_best": (crf_best_arguments, crf.viterbi_n_best, None),
    "spans": (spans_arguments, run_spans, None),
    "topk_logsumexp": (topk_arguments, topk_logsumexp, None),
    "packed step": (step_arguments, run_step, None),
    "sequence": (layer_arguments, run_layer, None),
}


# --- spoiling ---------------------------------------------------------------------------------------------------------


def spoil_tensor(t: Tensor, draw: random.Random) -> Tensor:
    """Another tensor than was asked for."""
    ways: list[Callable[[], Tensor]] = [
        t.double,
        t.half,
        t.bfloat16,
        t.int,
        t.long,
        lambda: t.to(torch.complex64),
        t.bool,
        lambda: t.to("meta"),
        t.flatten,
        lambda: t.unsqueeze(0),
        lambda: t.new_empty(0, dtype=t.dtype),
        lambda: t[:0] if t.dim() else t,
        lambda: t[1:] if t.dim() else t,
        lambda: torch.cat([t, t]) if t.dim() else t,
        lambda: t.mT if t.dim() > 1 else t,
        lambda: torch.cat([t, t], -1)[..., ::2] if t.dim() else t,  # as large as before, with gaps
        lambda: torch.cat([t, t]).flip(0)[: len(t)] if t.dim() else t,
        lambda: t[..., :1].expand(t.shape) if t.dim() and t.shape[-1] else t,
        lambda: t[..., 1:] if t.dim() else t,
        lambda: t.to_sparse() if t.dim() else t,
        lambda: torch.complex(t.float(), -t.float()).conj().imag,  # the negative bit
        lambda: t * float("nan"),
        lambda: t * 1e30,
        lambda: t + 1_000_000_000_000 if not t.is_floating_point() else t / 0,
        lambda: t - 1,
        lambda: t.clone().fill_(-1),
        lambda: t.clone().requires_grad_() if t.is_floating_point() else t,
    ]
    try:
        return draw.choice(ways)()
    except RuntimeError:  # not every tensor can be spoilt in every way, twice
        return t


def spoil(value: Any, draw: random.Random) -> Any:
    """Another value of the kind, or of none."""
    if draw.random() < 0.05:
        return draw.choice([None, 0, -1, "", [], torch.zeros(2)])
    if isinstance(value, Tensor):
        return spoil_tensor(value, draw)
    if isinstance(value, list | tuple) and value:
        changed, index = list(value), draw.randrange(len(value))
        kind = draw.random()
        if kind < 0.15:
            return changed[:-1]
        if kind < 0.3:
            return [*changed, changed[0]]
        changed[index] = spoil(changed[index], draw)
        return tuple(changed) if isinstance(value, tuple) else changed
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw.choice([0, -1, value + 1, 1 << 40, -(1 << 63)])
    if isinstance(value, str):
        return draw.choice([*FUSED_CELLS, "none"])
    return draw.choice([torch.tensor([1]), torch.tensor([0]), 3, None])


def call(seed: int) -> tuple[str, str]:
    """Make one spoilt call; give its name, and "refused", "served" or what was wrong with its numbers."""
    draw = random.Random(seed)
    torch.manual_seed(seed)
    name = draw.choice(list(TARGETS))
    make, run, plain = TARGETS[name]
    given = make(draw)
    for _ in range(draw.choice([1, 1, 1, 2])):
        key = draw.choice(list(given))
        given[key] = spoil(given[key], draw)
    try:
        with torch.no_grad() if name != "sequence" else torch.enable_grad():
            found = run(**given)
    except Exception:
        return name, "refused"
    return name, compare(found, plain, given) if plain else "served"


def compare(found: Any, plain: Function, given: Arguments) -> str:
    """Hold the first result to plain torch's."""
    try:
        with torch.no_grad():
            expected = plain(**given)
    except Exception:
        return "served where plain torch refuses"
    found, expected = (r[0] if isinstance(r, tuple | list) else r for r in (found, expected))
    if found.device.type == "meta":
        return "served"
    close = torch.allclose(found.double(), expected.double(), rtol=1e-2, atol=1e-2, equal_nan=True)
    return "served" if close else "wrong numbers"


# --- the campaign -----------------------------------------------------------------------------------------------------


def work(first: int, last: int) -> None:
    """Make calls [first, last), telling each before and after."""
    for seed in range(first, last):
        print(json.dumps([seed]), flush=True)
        print(json.dumps([seed, *call(seed)]), flush=True)


def in_processes(first: int, last: int) -> collections.Counter[tuple[str, str]]:
    """Count the outcomes of calls [first, last), each by name."""
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    while first < last:
        end = min(first + IN_ONE_PROCESS, last)
        command = [sys.executable, "-W", "ignore", __file__, "--work", str(first), str(end)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            if len(line) == 3:
                counts[line[1], line[2]] += 1
                if "wrong" in line[2]:
                    print(f"call {line[0]} of {line[1]}: {line[2]}")
        if done.returncode == 0:
            first = end
            continue
        first = lines[-1][0] + 1 if lines else end
        counts["", "crash"] += 1
        print(f"call {first - 1}: the process ended with {done.returncode}\n{done.stderr[-500:]}")
    return counts


def main() -> None:
    """Print the counts; 1 where any call crashed or gave wrong numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(*options.work)
        return
    counts = in_processes(options.seed, options.seed + options.calls)
    for (name, outcome), count in sorted(counts.items()):
        print(f"{count:7} {name:25} {outcome}")
    bad = sum(count for (_, outcome), count in counts.items() if "crash" in outcome or "wrong" in outcome)
    print(f"{options.calls} calls: {counts['', 'crash']} crashes, {bad} wrong in all")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
