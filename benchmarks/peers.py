"""Recurrent layers of other libraries at their best settings, each in a process of its own: no thread pools fight.

Run as a script with the name of a library, it answers requests on standard input, one JSON object a line: to set up a
piece of work ("choose"), and to do it for some time ("burst"). `Peer` is the other end. Tensors travel in files.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from recurra.bench import timing

Arrays = dict[str, np.ndarray]


# --- this end ---------------------------------------------------------------------------------------------------------


class Peer:
    """A library in a process of its own, started when first asked; the `timing.Way` of whatever work it last took."""

    def __init__(self, library: str, threads: int, folder: Path):
        self.library, self.threads, self.folder = library, threads, folder
        self.process: subprocess.Popen[str] | None = None
        self.setting = ""
        self.job: dict[str, Any] = {}

    def take(self, part: str, cell: str, threads: Sequence[int], tensors: dict[str, Tensor]) -> "Peer":
        """Take over a piece of work: "forward", "training" or "step"."""
        given = self.folder / "given.npz"
        np.savez(given, **{name: tensor.detach().numpy() for name, tensor in tensors.items()})
        self.job = {"part": part, "cell": cell, "threads": list(threads), "given": str(given)}
        return self

    def choose(self, seconds: float) -> list[Tensor]:
        """Let the library choose its setting; give its results."""
        answer = self._ask({"do": "choose", "seconds": seconds, **self.job})
        self.setting = answer["setting"]
        with np.load(answer["results"]) as results:
            return [torch.from_numpy(results[name]) for name in results]

    def burst(self, seconds: float) -> list[float]:
        """Do the work for about so many seconds."""
        times: list[float] = self._ask({"do": "burst", "seconds": seconds})["times"]
        return times

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, __file__, self.library],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | _environment(self.threads, self.library),
            )
        assert self.process.stdin
        assert self.process.stdout
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise timing.Unavailable(f"ended with exit code {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "why" in answer:
            raise timing.Unavailable(answer["why"])
        return answer

    def close(self) -> None:
        """End the process."""
        if self.process:
            self.process.communicate()


def _environment(threads: int, library: str) -> dict[str, str]:
    """What holds a library to so many threads, and Keras' backend; its processors are inherited."""
    backend = "torch" if library.endswith("_torch") else "jax"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")  # XLA reads the last
    flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    settings = {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return dict.fromkeys(names, str(threads)) | settings


@contextmanager
def started(libraries: Sequence[str], threads: int) -> Iterator[dict[str, Peer]]:
    """Give a `Peer` for each library by its title; they end with the block."""
    with tempfile.TemporaryDirectory() as folder:
        peers = {TITLES[name]: Peer(name, threads, Path(folder)) for name in libraries}
        try:
            yield peers
        finally:
            for peer in peers.values():
                peer.close()


# --- the other end: what each library does ----------------------------------------------------------------------------


class Work(NamedTuple):
    """A call for each setting, and what turns the result of any of them into arrays as torch.nn has them."""

    settings: dict[str, Callable[[], Any]]
    read: Callable[[Any], list[np.ndarray]]


def in_keras(part: str, cell: str, threads: Sequence[int], given: Arrays) -> Work:
    """Keras on JAX, the whole call compiled: its layers take (B, T, I).

    `unroll=True` is tried forward. With gradients it was never faster and takes half a minute to compile.
    """
    import keras

    x, gradient = (np.ascontiguousarray(given[name].swapaxes(0, 1)) for name in ("x", "gradient"))
    name = {"RNN": "SimpleRNN"}.get(cell, cell)
    order = [1, 0, 2] if cell == "GRU" else [0, 1, 2, 3]  # z, r, n; and torch.nn's

    def reorder(weight: np.ndarray) -> np.ndarray:
        """Exchange the gates of a GRU along the first axis."""
        blocks = np.split(weight, {"RNN": 1, "GRU": 3, "LSTM": 4}[cell])
        return np.concatenate([blocks[index] for index in order[: len(blocks)]])

    def layer(unroll: bool) -> Any:
        made = getattr(keras.layers, name)(given["weight_hh"].shape[1], return_sequences=True, unroll=unroll)
        made.build(x.shape)
        w_ih, w_hh, b_ih, b_hh = (reorder(given[key]) for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        made.set_weights([w_ih.T, w_hh.T, np.stack([b_ih, b_hh]) if cell == "GRU" else b_ih])
        return made

    def apply(unroll: bool) -> tuple[Callable[[Any, Any], Any], Any]:
        made = layer(unroll)
        fixed = [variable.value for variable in made.non_trainable_variables]
        free = [variable.value for variable in made.trainable_variables]
        return lambda weights, x: made.stateless_call(weights, fixed, x)[0], free

    def read(result: Any) -> list[np.ndarray]:
        output, *more = result
        found = [np.asarray(output).swapaxes(0, 1)]
        if more:
            (kernel, recurrent, bias), grad_x = more[0]
            biases = np.asarray(bias) if cell == "GRU" else [np.asarray(bias)]
            weights = [np.asarray(kernel).T, np.asarray(recurrent).T, *biases]
            found += [np.asarray(grad_x).swapaxes(0, 1), *map(reorder, weights)]
        return found

    choices = (False,) if part == "training" else (False, True)
    return Work({f"unroll={choice}": _compiled(part, *apply(choice), x, gradient) for choice in choices}, read)


def in_keras_conv(part: str, cell: str, threads: Sequence[int], given: Arrays) -> Work:
    """Keras' ConvLSTM2D with gradients, on JAX the whole call compiled; torch tries both places of the channels."""
    import keras

    kernels = [given[name].transpose(2, 3, 1, 0) for name in ("weight_ih_l0", "weight_hh_l0")]
    on_torch = keras.backend.backend() == "torch"

    def arrays(form: str) -> list[np.ndarray]:
        x = given["x"], given["gradient"]
        return [np.ascontiguousarray(np.moveaxis(a, 2, -1) if form == "channels_last" else a) for a in x]

    def made(form: str) -> Any:
        size = kernels[0].shape[:2]
        layer = keras.layers.ConvLSTM2D(
            given["weight_hh_l0"].shape[1], size, padding="same", data_format=form, return_sequences=True
        )
        layer.build(arrays(form)[0].shape)
        for variable, value in zip(layer.weights, [*kernels, given["bias_ih_l0"]], strict=True):
            variable.assign(value)
        return layer

    def on_jax(form: str) -> Callable[[], Any]:
        layer = made(form)
        free = [variable.value for variable in layer.trainable_variables]
        fixed = [variable.value for variable in layer.non_trainable_variables]
        call = _compiled(part, lambda w, x: layer.stateless_call(w, fixed, x)[0], free, *arrays(form))

        def run() -> Any:
            y, (weights, of_x) = call()
            return form, [y, of_x, *weights]

        return run

    def by_torch(form: str) -> Callable[[], Any]:
        layer = made(form)
        x, gradient = (torch.from_numpy(array) for array in arrays(form))
        x.requires_grad_()
        weights = [variable.value for variable in layer.weights]

        def run() -> Any:
            y = layer(x, training=True)
            return form, [y.detach(), *torch.autograd.grad(y, [x, *weights], gradient)]

        return run

    def read(result: Any) -> list[np.ndarray]:
        form, (y, of_x, *weights) = result
        y, of_x = (np.moveaxis(np.asarray(a), -1, 2) if form == "channels_last" else np.asarray(a) for a in (y, of_x))
        of_kernels = [np.asarray(weight).transpose(3, 2, 0, 1) for weight in weights[:2]]
        return [y, of_x, *of_kernels, np.asarray(weights[2])]

    if not on_torch:
        return Work({"channels_last": on_jax("channels_last")}, read)
    torch.set_num_threads(threads[0])
    return Work({form: by_torch(form) for form in ("channels_first", "channels_last")}, read)


def in_flax(part: str, cell: str, threads: Sequence[int], given: Arrays) -> Work:
    """Flax NNX, the whole call compiled, with several steps of the loop unrolled or none."""
    import jax.numpy as jnp
    from flax import nnx

    kind = {"RNN": nnx.SimpleCell, "GRU": nnx.GRUCell, "LSTM": nnx.OptimizedLSTMCell}[cell]
    hidden, inputs = given["weight_hh"].shape[1], given["weight_ih"].shape[1]
    zeros = jnp.zeros((given["x"].shape[1], hidden))
    carry = (zeros, zeros) if cell == "LSTM" else zeros
    biased = "dense_h" if cell == "LSTM" else "dense_i"

    def apply(unroll: int) -> tuple[Callable[[Any, Any], Any], Any]:
        layer = nnx.RNN(kind(inputs, hidden, rngs=nnx.Rngs(0)), time_major=True, unroll=unroll, rngs=False)
        graph, free, fixed = nnx.split(layer, nnx.Param, ...)
        weights = {"dense_i": {"kernel": given["weight_ih"].T}, "dense_h": {"kernel": given["weight_hh"].T}}
        weights[biased]["bias"] = given["bias_ih"]
        nnx.replace_by_pure_dict(
            free, {"cell": {k: {n: jnp.asarray(a) for n, a in v.items()} for k, v in weights.items()}}
        )
        return lambda weights, x: nnx.merge(graph, weights, fixed)(x, initial_carry=carry), free

    def read(result: Any) -> list[np.ndarray]:
        output, *more = result
        found = [np.asarray(output)]
        if more:
            grads, grad_x = more[0]
            by_name = nnx.to_pure_dict(grads)["cell"]
            kernels = [np.asarray(by_name[dense]["kernel"]).T for dense in ("dense_i", "dense_h")]
            found += [np.asarray(grad_x), *kernels, np.asarray(by_name[biased]["bias"])]
        return found

    choices = (1, 4, 8)
    settings = {f"unroll={n}": _compiled(part, *apply(n), given["x"], given["gradient"]) for n in choices}
    return Work(settings, read)


def _compiled(
    part: str, apply: Callable[[Any, Any], Any], weights: Any, x: np.ndarray, gradient: np.ndarray
) -> Callable[[], Any]:
    """Compile a function of weights and input with JAX, for "training" with its gradients; the call waits for it."""
    import jax
    import jax.numpy as jnp

    def forward(weights: Any, x: Any) -> Any:
        return (apply(weights, x),)

    def training(weights: Any, x: Any, gradient: Any) -> Any:
        output, pull = jax.vjp(apply, weights, x)
        return output, pull(gradient)

    work: Any = jax.jit(training if part == "training" else forward)
    arrays = [jnp.asarray(array) for array in ((x, gradient) if part == "training" else (x,))]
    return lambda: jax.block_until_ready(work(weights, *arrays))


def onnx_layer(cell: str, given: Arrays) -> tuple[bytes, Arrays, dict[str, tuple[int, ...]]]:
    """A layer as an ONNX model of one node, its weights constants; what it is fed, and the shapes of its outputs."""
    from onnx import TensorProto, helper, numpy_helper

    blocks = {"RNN": [0], "GRU": [1, 0, 2], "LSTM": [0, 3, 1, 2]}[cell]  # z, r, h; and i, o, f, c

    def reorder(weight: np.ndarray) -> np.ndarray:
        parts = np.split(weight, len(blocks))
        return np.concatenate([parts[block] for block in blocks])

    weights = {"w": reorder(given["weight_ih"]), "r": reorder(given["weight_hh"])}
    weights["b"] = np.concatenate([reorder(given["bias_ih"]), reorder(given["bias_hh"])])
    states = {name: given[name][None] for name in ("h0", "c0") if name in given}
    feeds = {"x": given["x"], **states}
    (steps, batch, _), hidden = given["x"].shape, given["weight_hh"].shape[1]
    outputs = {"y": (steps, 1, batch, hidden)} | {f"final {name}": (1, batch, hidden) for name in states}
    attributes: dict[str, Any] = {"hidden_size": hidden} | ({"linear_before_reset": 1} if cell == "GRU" else {})
    node = helper.make_node(cell, ["x", "w", "r", "b", *([""] if states else []), *states], [*outputs], **attributes)
    graph = helper.make_graph(
        [node],
        "layer",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in feeds.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(np.ascontiguousarray(value[None]), name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    return model.SerializeToString(), feeds, outputs


def onnx_calls(
    model: bytes, feeds: Arrays, outputs: dict[str, tuple[int, ...]], threads: int
) -> dict[str, Callable[[], Any]]:
    """Ways to run a model in ONNX Runtime: arrays handed over at each call, and arrays bound once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for name, value in feeds.items():
        binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(value))
    places = [onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32)) for shape in outputs.values()]
    for name, place in zip(outputs, places, strict=True):
        binding.bind_ortvalue_output(name, place)

    def bound() -> Any:
        session.run_with_iobinding(binding)
        return places

    title = f"{threads} thread{'s' if threads > 1 else ''}"
    return {title: lambda: session.run(None, feeds), f"{title}, bound": bound}


def in_onnxruntime(part: str, cell: str, threads: Sequence[int], given: Arrays) -> Work:
    """ONNX Runtime, forward only; each way of calling with each number of threads."""
    layer = onnx_layer(cell, given)

    def read(result: Any) -> list[np.ndarray]:
        y = result[0] if isinstance(result[0], np.ndarray) else result[0].numpy()
        return [y[:, 0]]

    settings = {name: call for count in threads for name, call in onnx_calls(*layer, count).items()}
    return Work(settings, read)


LIBRARIES = {
    "keras": in_keras,
    "keras_conv": in_keras_conv,
    "keras_conv_torch": in_keras_conv,
    "flax": in_flax,
    "onnxruntime": in_onnxruntime,
}
TITLES = {"keras": "Keras", "flax": "Flax", "onnxruntime": "ONNX Runtime"}


def main() -> None:
    """Answer requests until there are no more."""
    library = sys.argv[1]
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    call: Callable[[], Any] = list
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "choose":
                call = list  # lets go of what was before
                call, answer = _choose(library, request)
            else:
                answer = {"times": timing.burst(call, request["seconds"])}
        except ModuleNotFoundError as error:
            print(f"{library}: {error}", file=sys.stderr)
            answer = {"why": "not installed"}
        except Exception as error:
            traceback.print_exc()
            answer = {"why": f"failed: {type(error).__name__}"}
        print(json.dumps(answer), file=answers, flush=True)


def _choose(library: str, request: dict[str, Any]) -> tuple[Callable[[], Any], dict[str, Any]]:
    path = Path(request["given"])
    with np.load(path) as file:
        given = dict(file)
    work = LIBRARIES[library](request["part"], request["cell"], request["threads"], given)
    setting = timing.fastest(work.settings, request["seconds"])
    call = work.settings[setting]
    results = path.with_name(f"{library}.npz")
    np.savez(results, *work.read(call()))
    return call, {"setting": setting if len(work.settings) > 1 else "", "results": str(results)}


if __name__ == "__main__":
    main()
