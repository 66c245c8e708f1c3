"""Settings drawn at random: recurra.nn's layers and accelerated ones beside torch.nn's, in outputs and gradients.

Each case draws a layer, its sizes and settings, the form of its input, what was done to its weights and the mode of the
call, calls all three twice with weights that change in between, and compares results, errors and gradients. It
counts cases by outcome and prints each case that differs; the same seed draws the same cases.

    python benchmarks/drop_in.py [--cases 1000] [--seed 1]
"""

import argparse
import contextlib
import copy
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

import recurra

FORMS = ("batch", "one sequence", "packed", "packed in any order", "turned", "every second", "negated", "nothing")
CHANGES = ("none", "pruned", "weight norm", "tied", "frozen")
MODES = ("gradients", "no gradients", "inference mode", "of gradients")


@dataclass
class Case:
    kind: str
    inputs: int
    hidden: int
    settings: dict[str, Any]
    form: str
    lengths: list[int]
    starts: bool
    change: str
    mode: str
    training: bool
    dtype: torch.dtype
    seed: int = 0
    states: list[Tensor] = field(default_factory=list)


def draw(random: np.random.Generator, seed: int) -> Case:
    kind = str(random.choice(["RNN", "LSTM", "GRU"]))
    layers, hidden = int(random.integers(1, 4)), int(random.integers(1, 40))
    settings = {name: bool(random.integers(2)) for name in ("bias", "batch_first", "bidirectional")}
    settings |= {"num_layers": layers, "dropout": 0.4 if layers > 1 and random.integers(3) == 0 else 0.0}
    if kind == "RNN":
        settings["nonlinearity"] = str(random.choice(["tanh", "relu"]))
    if kind == "LSTM" and hidden > 1 and random.integers(4) == 0:
        settings["proj_size"] = int(random.integers(1, hidden))
    form, lengths = str(random.choice(FORMS)), [int(n) for n in random.integers(1, 14, random.integers(1, 7))]
    if form == "packed":
        lengths.sort(reverse=True)
    dtype = torch.float64 if random.integers(5) == 0 else torch.float32
    change, mode = str(random.choice(CHANGES)), str(random.choice(MODES))
    starts, training = bool(random.integers(2)), bool(random.integers(2))
    inputs = hidden if random.integers(3) == 0 else int(random.integers(1, 40))
    return Case(kind, inputs, hidden, settings, form, lengths, starts, change, mode, training, dtype, seed)


def change(layer: nn.Module, case: Case) -> None:
    if case.change == "pruned":
        prune.l1_unstructured(layer, "weight_hh_l0", amount=0.3)
    elif case.change == "weight norm":
        parametrizations.weight_norm(layer, "weight_ih_l0")
    elif case.change == "tied" and case.settings["bidirectional"]:
        layer.weight_hh_l0_reverse = layer.weight_hh_l0
    elif case.change == "frozen":
        layer.weight_ih_l0.requires_grad_(False)


def layers_of(case: Case) -> dict[str, nn.Module]:
    torch.manual_seed(case.seed)
    theirs = getattr(nn, case.kind)(case.inputs, case.hidden, dtype=case.dtype, **case.settings)
    ours = getattr(recurra.nn, case.kind)(case.inputs, case.hidden, dtype=case.dtype, **case.settings)
    ours.load_state_dict(theirs.state_dict())
    made = {"torch.nn": theirs, "recurra.nn": ours, "accelerated": recurra.accelerate(copy.deepcopy(theirs))}
    for layer in made.values():
        change(layer.train(case.training), case)
    return made


def data_of(case: Case) -> tuple[Tensor, list[Tensor]]:
    torch.manual_seed(case.seed + 1)
    size = 0 if case.form == "nothing" else 1 if case.form == "one sequence" else len(case.lengths)
    steps = max(case.lengths)
    shape = (size, steps) if case.settings["batch_first"] else (steps, size)
    x = torch.randn(*shape, case.inputs, dtype=case.dtype)
    count = case.settings["num_layers"] * (1 + case.settings["bidirectional"])
    widths = [case.settings.get("proj_size") or case.hidden, case.hidden][: 1 + (case.kind == "LSTM")]
    states = [torch.randn(count, size, width, dtype=case.dtype) for width in widths] if case.starts else []
    if case.form == "one sequence":
        dim = 0 if case.settings["batch_first"] else 1
        x, states = x.squeeze(dim), [state.squeeze(1) for state in states]
    return x, states


def formed(x: Tensor, case: Case) -> Any:
    """The input as the case hands it over."""
    if case.form.startswith("packed"):
        order = {"batch_first": case.settings["batch_first"], "enforce_sorted": case.form == "packed"}
        return pack_padded_sequence(x, torch.tensor(case.lengths), **order)
    if case.form == "turned":
        return x.transpose(0, -1).contiguous().transpose(0, -1)
    if case.form == "every second":
        return torch.stack([x, x], -1)[..., 0]
    return torch._neg_view(-x) if case.form == "negated" else x


def parts(value: Any) -> list[Tensor]:
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, Tensor) else [part for one in value for part in parts(one)]


def results(layer: nn.Module, case: Case) -> list[Tensor]:
    """Outputs, states and gradients, of two calls with weights that were changed in between."""
    x, states = data_of(case)
    found: list[Tensor] = []
    for round_number in range(2):
        leaves = [part.clone().requires_grad_() for part in (x, *states)]
        given = (tuple(leaves[1:]) if case.kind == "LSTM" else leaves[1]) if states else None
        torch.manual_seed(case.seed + 2)
        with mode_of(case):
            outputs = parts(layer(formed(leaves[0], case), given))
        found += outputs
        if case.mode in ("gradients", "of gradients") and case.form != "nothing":
            wanted = [*leaves, *(weight for weight in layer.parameters() if weight.requires_grad)]
            twice = case.mode == "of gradients"
            total = sum((out * torch.arange(out.numel(), dtype=out.dtype).cos().view_as(out)).sum() for out in outputs)
            grads = torch.autograd.grad(total, wanted, create_graph=twice, allow_unused=True)
            found += [grad for grad in grads if grad is not None]
            if twice:
                again = sum(grad.square().sum() for grad in grads if grad is not None)
                found += [grad for grad in torch.autograd.grad(again, leaves, allow_unused=True) if grad is not None]
        if round_number == 0:
            for number, weight in enumerate(layer.parameters()):
                weight.data.view(-1)[number::3] *= -0.5
    return found


def mode_of(case: Case) -> contextlib.AbstractContextManager[Any]:
    if case.mode == "no gradients":
        return torch.no_grad()
    return torch.inference_mode() if case.mode == "inference mode" else contextlib.nullcontext()


def outcome(name: str, layer: nn.Module, case: Case, expected: list[Tensor] | Exception) -> str:
    try:
        found = results(layer, case)
    except Exception as error:
        return "the same refusal" if isinstance(expected, Exception) else f"{type(error).__name__}: {error}"
    if isinstance(expected, Exception):
        return "taken where torch.nn refuses"
    loose = 1e-3 if case.dtype is torch.float32 else 1e-8
    try:
        torch.testing.assert_close(found, expected, rtol=loose, atol=loose)
    except AssertionError as error:
        return "another result: " + " ".join(str(error).split())
    return "the same"


def cases(count: int, seed: int) -> Iterator[Case]:
    random = np.random.default_rng(seed)
    for number in range(count):
        yield draw(random, number)


def run(count: int, seed: int) -> Counter[str]:
    """Count cases by outcome; print those that differ."""
    counted: Counter[str] = Counter()
    for case in cases(count, seed):
        made = layers_of(case)
        try:
            expected: list[Tensor] | Exception = results(made.pop("torch.nn"), case)
        except Exception as error:
            expected = error
        for name, layer in made.items():
            found = outcome(name, layer, case, expected)
            kind = found if found.startswith(("the same", "taken")) else "DIFFERENT"
            counted[f"{name}: {kind}"] += 1
            if kind == "DIFFERENT":
                print(f"{name}: {case}\n    {found[:300]}", flush=True)
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    counted = run(options.cases, options.seed)
    for kind, count in sorted(counted.items()):
        print(f"{count:6} {kind}")
    sys.exit(any("DIFFERENT" in kind for kind in counted))


if __name__ == "__main__":
    main()
