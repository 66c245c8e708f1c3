"""Speed of ConvLSTM, forward and backward, beside a plain PyTorch loop and Keras' ConvLSTM2D, in one run.

All are called in turn, round after round; of each the median counts, and the ratio is its time over ours. The plain
loop convolves the frame and the state together, as the usual ConvLSTM in PyTorch does, with its images' channels first
or last; Keras runs on JAX, the whole call compiled, and on torch, each in a process of its own. A peer whose results or
gradients are not ours is reported, not timed. On JAX one call of the default size takes about a minute: `--keras torch`
leaves it out.

    python benchmarks/conv_lstm.py [--threads 1 2] [--frames 16] [--size 64] [--channels 32] [--batch 4] [--kernel 3]
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import peers
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import recurra
from recurra.bench import machine, report, timing

KERAS = {"jax": "keras_conv", "torch": "keras_conv_torch"}
FORMATS = {"loop, channels first": torch.contiguous_format, "loop, channels last": torch.channels_last}


class Plain(nn.Module):
    """ConvLSTM as it is usually written: one convolution of the frame and the state together, frame after frame."""

    def __init__(self, layer: recurra.nn.ConvLSTM, form: torch.memory_format):
        super().__init__()
        self.channels, self.form = layer.hidden_channels, form
        weights = [layer.weight_ih_l0.detach(), layer.weight_hh_l0.detach()]
        self.weight = nn.Parameter(torch.cat(weights, 1).contiguous(memory_format=form))
        self.bias = nn.Parameter((layer.bias_ih_l0 + layer.bias_hh_l0).detach())
        self.padding = weights[0].shape[-1] // 2

    def forward(self, x: Tensor) -> Tensor:
        batch, frames, _, height, width = x.shape
        h = torch.zeros(batch, self.channels, height, width).contiguous(memory_format=self.form)
        c, outputs = h, []
        for t in range(frames):
            both = torch.cat([x[:, t].contiguous(memory_format=self.form), h], 1)
            i, f, g, o = F.conv2d(both, self.weight, self.bias, padding=self.padding).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs, 1)

    def of_parts(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        """The gradients of a joint weight as those of ours."""
        return [*weight.split([weight.shape[1] - self.channels, self.channels], 1), bias]


def ours(layer: recurra.nn.ConvLSTM, x: Tensor, gradient: Tensor) -> list[Tensor]:
    y, _ = layer(x)
    weights = [layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0]
    return [y, *torch.autograd.grad(y, [x, *weights], gradient)]


def plain(layer: Plain, x: Tensor, gradient: Tensor) -> list[Tensor]:
    y = layer(x)
    of_x, weight, bias = torch.autograd.grad(y, [x, layer.weight, layer.bias], gradient)
    return [y, of_x, *layer.of_parts(weight, bias)]


def measure(options: argparse.Namespace, threads: int) -> report.Row:
    torch.manual_seed(1)
    channels, size = options.channels, options.size
    layer = recurra.nn.ConvLSTM(channels, channels, options.kernel, batch_first=True)
    nn.init.zeros_(layer.bias_hh_l0)  # of which Keras has none
    shape = options.batch, options.frames, channels, size, size
    x, gradient = torch.randn(shape, requires_grad=True), torch.randn(shape)
    way: Callable[..., timing.Here] = partial(timing.Here, threads=[threads], gradients=True)
    ways: dict[str, timing.Way] = {
        name: way(partial(plain, Plain(layer, form), x, gradient)) for name, form in FORMATS.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        others = {f"Keras on {name}": peers.Peer(KERAS[name], threads, Path(folder)) for name in options.keras}
        tensors = {"x": x, "gradient": gradient, **layer.state_dict()}
        for title, peer in others.items():
            ways[title] = peer.take("training", "ConvLSTM2D", [threads], tensors)
        timings = timing.compare(
            way(partial(ours, layer, x, gradient)), ways, budget=options.budget, rounds=options.rounds
        )
        for peer in others.values():
            peer.close()
    return report.Row({"threads": threads}, *timings)


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    for name, default in {"frames": 16, "size": 64, "channels": 32, "batch": 4, "kernel": 3, "rounds": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--keras", nargs="*", choices=list(KERAS), default=list(KERAS), help="Keras' backends")
    parser.add_argument("--budget", type=float, default=5.0, help="seconds for each contestant, in all rounds together")
    return parser.parse_args()


if __name__ == "__main__":
    options = read()
    rows = [measure(options, threads) for threads in options.threads]
    versions = machine.versions(("recurra", "torch", "jax", "keras"))
    print(f"{machine.processor()}; compiled kernels: {recurra.kernels.compiled.instruction_set() or 'none'}")
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    case = f"{options.frames} frames of {options.size} x {options.size}, {options.channels} channels, "
    case += f"batch {options.batch}, kernel {options.kernel}"
    print(report.markdown(report.Table(f"ConvLSTM forward and backward: {case}", rows)))
