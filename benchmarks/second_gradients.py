"""Speed of double backward through a recurrent layer, and of steps of a Wasserstein GAN with gradient penalty.

The penalty is that of WGAN-GP (Gulrajani et al., 2017): how far from 1 the norm of the gradient of a critic's score by
its input is. Measured are its gradients by the critic's weights (double backward), the whole penalty (forward, backward
and double backward), and training steps of a recurrent generator and critic: one critic step on real, made and mixed
sequences, one generator step. All ways have the same weights and are called in turn, round after round; of each the
median counts, and the ratio is its time over ours. A way whose gradients are not ours is reported, not timed.

    python benchmarks/second_gradients.py [--threads 1 2] [--cells RNN LSTM GRU] [--sizes 24x64x32x64 ...]
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

import recurra
from recurra.bench import machine, report, timing

CELLS = {"RNN": nn.RNNCell, "LSTM": nn.LSTMCell, "GRU": nn.GRUCell}
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
PENALTY, NOISE = 10.0, 8  # the weight of the penalty, and the features of what a generator reads


class Loop(nn.Module):
    """A layer of torch.nn's cells in a loop over steps."""

    def __init__(self, kind: str, inputs: int, hidden: int):
        super().__init__()
        self.cell = CELLS[kind](inputs, hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        state, outputs = None, []
        for step in x.unbind():
            state = self.cell(step, state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs), None


class Network(nn.Module):
    """A recurrent layer and a linear one on each of its outputs: (T, B, I) to (T, B, O)."""

    def __init__(self, layer: nn.Module, hidden: int, outputs: int):
        super().__init__()
        self.layer, self.head = layer, nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x)[0])


LAYERS: dict[str, Callable[[str, int, int], nn.Module]] = {
    "Recurra": lambda kind, *sizes: getattr(recurra.nn, kind)(*sizes),
    "torch.nn layer": lambda kind, *sizes: getattr(nn, kind)(*sizes),
    "loop of torch.nn cells": Loop,
}


def network(way: str, kind: str, inputs: int, hidden: int, outputs: int) -> Network:
    """The same weights for every way."""
    torch.manual_seed(1)
    return Network(LAYERS[way](kind, inputs, hidden), hidden, outputs)


def penalty(critic: Network, x: Tensor) -> Tensor:
    score = critic(x)[-1].sum()
    (gradient,) = torch.autograd.grad(score, x, create_graph=True)
    return (gradient.square().sum((0, 2)).sqrt() - 1).square().mean()


def weights(critic: Network) -> list[Tensor]:
    return [*critic.layer.parameters(), critic.head.weight]


def double_backward(critic: Network, x: Tensor) -> Callable[[], Sequence[Tensor]]:
    loss = penalty(critic, x)
    return partial(torch.autograd.grad, loss, weights(critic), retain_graph=True)


def whole_penalty(critic: Network, x: Tensor) -> Callable[[], Sequence[Tensor]]:
    return lambda: torch.autograd.grad(penalty(critic, x), weights(critic))


class Training:
    """Steps of a generator and a critic."""

    def __init__(self, generator: Network, critic: Network, real: Tensor):
        self.generator, self.critic, self.real = generator, critic, real
        self.optimizers = [torch.optim.Adam(part.parameters(), 1e-4, (0.5, 0.9)) for part in (generator, critic)]
        self.random = torch.Generator().manual_seed(1)

    def step(self) -> list[Tensor]:
        """One step of each; returns the gradients of both."""
        steps, batch, _ = self.real.shape
        noise = torch.randn(steps, batch, NOISE, generator=self.random)
        share = torch.rand(batch, 1, generator=self.random)
        made = self.generator(noise)
        mixed = torch.lerp(self.real, made.detach(), share).requires_grad_()
        critic_loss = self.critic(made.detach())[-1].mean() - self.critic(self.real)[-1].mean()
        self.learn(1, critic_loss + PENALTY * penalty(self.critic, mixed))
        of_critic = [weight.grad.clone() for weight in weights(self.critic)]
        self.learn(0, -self.critic(made)[-1].mean())
        return [*of_critic, *(weight.grad for weight in weights(self.generator))]

    def learn(self, part: int, loss: Tensor) -> None:
        self.optimizers[part].zero_grad()
        loss.backward()
        self.optimizers[part].step()


def gan_step(critic: Network, x: Tensor, way: str, kind: str) -> Callable[[], Sequence[Tensor]]:
    hidden = critic.head.in_features
    return Training(network(way, kind, NOISE, hidden, x.shape[-1]), critic, x.detach()).step


def measure(options: argparse.Namespace, what: str, kind: str, size: str, threads: int) -> report.Row:
    steps, batch, inputs, hidden = (int(number) for number in size.split("x"))
    x = torch.randn(steps, batch, inputs, generator=torch.Generator().manual_seed(1), requires_grad=True)
    ways = {}
    for way in LAYERS:
        critic = network(way, kind, inputs, hidden, 1)
        call = {
            "double backward": partial(double_backward, critic, x),
            "penalty": partial(whole_penalty, critic, x),
            "WGAN-GP step": partial(gan_step, critic, x, way, kind),
        }[what]()
        ways[way] = timing.Here(call, [threads], gradients=True)
    timings = timing.compare(ways.pop("Recurra"), ways, budget=options.budget, rounds=options.rounds)
    return report.Row({"work": what, "cell": kind, "T x B x I x H": size, "threads": threads}, *timings)


def read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--cells", nargs="+", choices=list(CELLS), default=list(CELLS))
    sizes = ["24x128x6x24", "24x64x32x64", "100x32x64x128"]
    parser.add_argument("--sizes", nargs="+", default=sizes, help="steps x sequences x features x units")
    parser.add_argument("--work", nargs="+", default=["double backward", "penalty", "WGAN-GP step"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each way, in all rounds together")
    return parser.parse_args()


if __name__ == "__main__":
    options = read()
    rows = [
        measure(options, what, kind, size, threads)
        for what in options.work
        for kind in options.cells
        for size in options.sizes
        for threads in options.threads
    ]
    print(f"{machine.processor()}; compiled kernels: {recurra.kernels.compiled.instruction_set() or 'none'}")
    print(", ".join(f"{name} {version}" for name, version in machine.versions(("recurra", "torch")).items()))
    print(report.markdown(report.Table("Second gradients", rows)))
