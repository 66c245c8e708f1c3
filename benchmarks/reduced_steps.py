"""One step of a stream over weights of fewer bits beside one over float32, in turn, round after round in one process.

All steps are packed; what is timed is the call of the compiled kernels with what Python asks before it. With one thread
the processor time of the process counts, so that others on the machine count less. The last columns are the time of
float32 over that of each, above 1 where it is the faster. ONNX Runtime, where it is installed (`make bench` installs
it), runs layers of one step over arrays that are bound once, in float32 and, of an LSTM, over weights of int8
(DynamicQuantizeLSTM).

    python benchmarks/reduced_steps.py [--rounds 15] [--threads 1] [--streams 1 8] [--hidden-size 512 1024]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import peers
import torch

import recurra
from recurra.bench.machine import processor
from recurra.kernels import compiled

Call = Callable[[], Any]
TYPES = {"float32": None, "bf16": torch.bfloat16, "int8": torch.int8}


def seconds(call: Call, repeats: int) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    for _ in range(repeats):
        call()
    return (clock() - began) / repeats


def steps(cell: str, hidden: int, layers: int, streams: int) -> dict[str, Call]:
    """A step of the same layer over weights of each type."""
    layer = getattr(recurra.nn, cell)(hidden, hidden, layers)
    x, state = torch.randn(streams, hidden), layer.zero_state(streams)
    _, state = layer.step(x, state)
    calls = {name: step_over(layer, x, state, dtype) for name, dtype in TYPES.items()}
    if layers == 1 and find_spec("onnxruntime"):
        calls |= onnx_steps(cell, layer, x, state)
    return calls


def step_over(layer: Any, x: torch.Tensor, state: Any, dtype: torch.dtype | None) -> Call:
    packed = layer.pack(dtype=dtype)
    return lambda: layer.step(x, state, packed)


def onnx_steps(cell: str, layer: Any, x: torch.Tensor, state: Any) -> dict[str, Call]:
    """The same in ONNX Runtime, of one layer."""
    states = dict(zip(("h0", "c0"), state if isinstance(state, tuple) else (state,), strict=False))
    arrays = {name: getattr(layer, f"{name}_l0") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    arrays |= {"x": x.unsqueeze(0)} | {name: part[0] for name, part in states.items()}  # (1, B, I), (B, H) each
    model, feeds, outputs = peers.onnx_layer(cell, {name: array.detach().numpy() for name, array in arrays.items()})
    models = {"ONNX Runtime": model} | ({"ONNX Runtime, int8": quantised(model)} if cell == "LSTM" else {})
    threads = torch.get_num_threads()
    return {name: list(peers.onnx_calls(each, feeds, outputs, threads).values())[1] for name, each in models.items()}


def quantised(model: bytes) -> bytes:
    """The model with weights of int8 and activations quantised at each call."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        path, result = Path(folder, "layer.onnx"), Path(folder, "quantised.onnx")
        path.write_bytes(model)
        quantize_dynamic(path, result, op_types_to_quantize=["LSTM"], weight_type=QuantType.QInt8)
        return result.read_bytes()


def measure(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    repeats = max(3, int(0.02 / seconds(calls["float32"], 3)))
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            times[name].append(seconds(call, repeats))
    return times


def shown(times: dict[str, list[float]], name: str) -> str:
    ratios = sorted(a / b for a, b in zip(times["float32"], times[name], strict=True))
    low, middle, high = ratios[len(ratios) // 10], statistics.median(ratios), ratios[-1 - len(ratios) // 10]
    return f"{name} {statistics.median(times[name]) * 1e6:8.1f} us {middle:5.2f} ({low:.2f}-{high:.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--hidden-size", type=int, nargs="+", default=[512, 1024])
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    sets = f"{compiled.instruction_set()} and {compiled.extension.reduced_name()}"
    print(f"{processor()}, {sets}, {chosen.threads} threads; medians, and 10 to 90% of the ratios of rounds")
    sizes = [(h, n, b) for h in chosen.hidden_size for n in chosen.layers for b in chosen.streams]
    with torch.no_grad():
        for cell in ("LSTM", "GRU"):
            for hidden, layers, streams in sizes:
                times = measure(steps(cell, hidden, layers, streams), chosen.rounds)
                title = f"{cell} {layers} x {hidden}, {streams} streams"
                print(f"{title:26} float32 {statistics.median(times['float32']) * 1e6:8.1f} us", end="  ")
                print("  ".join(shown(times, name) for name in times if name != "float32"), flush=True)


if __name__ == "__main__":
    main()
