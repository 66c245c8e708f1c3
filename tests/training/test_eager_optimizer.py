import subprocess
import sys

import pytest
import torch
from torch import nn

from recurra.training.eager_optimizer import eager

STEP = """
import sys

import torch

from recurra.training.eager_optimizer import eager

weight = torch.nn.Parameter(torch.ones(3))
optimizer = eager(torch.optim.{kind})([weight], 0.1)
def closure():
    optimizer.zero_grad()
    loss = weight.square().sum()
    loss.backward()
    return loss
optimizer.step(closure)
optimizer.load_state_dict(optimizer.state_dict())
assert "torch._dynamo" not in sys.modules
"""

KINDS = {
    "adam": (torch.optim.Adam, {"fused": True}),
    "adamw": (torch.optim.AdamW, {"fused": True}),
    "sgd": (torch.optim.SGD, {"momentum": 0.9}),
    "lbfgs": (torch.optim.LBFGS, {}),
}


def _learned(kind, **options) -> tuple[torch.Tensor, dict]:
    """Weights after some steps, and the optimizer's state."""
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    optimizer = kind(network.parameters(), 0.1, **options)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = network(torch.ones(4, 3)).square().mean()
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return network.weight, optimizer.state_dict()


@pytest.mark.parametrize(("kind", "options"), KINDS.values(), ids=KINDS)
def test_it_steps_as_the_one_it_is_made_of(kind, options):
    weight, state = _learned(kind, **options)
    eager_weight, eager_state = _learned(eager(kind), **options)
    assert torch.equal(weight, eager_weight)
    assert not eager_weight.grad_fn
    assert state["param_groups"] == eager_state["param_groups"]
    torch.testing.assert_close(state["state"], eager_state["state"], rtol=0, atol=0)


def test_what_steps_has_not_loaded_the_compiler():
    code = "".join(STEP.format(kind=kind) for kind in ("AdamW", "SGD", "LBFGS"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
