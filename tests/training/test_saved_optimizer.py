import copy
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from recurra import DataError
from recurra.training.saved_optimizer import require_optimizer_state

FILE = Path("checkpoint")


def _stepped(kind) -> torch.optim.Optimizer:
    network = nn.Linear(2, 3)
    optimizer = kind(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return optimizer


KINDS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": lambda parameters: torch.optim.SGD(parameters, 0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_its_own_state_is_let_pass_whatever_the_rate_is_now(kind):
    optimizer = _stepped(kind)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["lr"] = 0.0
    require_optimizer_state(saved, optimizer, FILE)


def _with(change) -> dict:
    saved = copy.deepcopy(_stepped(torch.optim.Adam).state_dict())
    change(saved)
    return saved


WRONG = {
    "no state": lambda saved: saved.pop("state"),
    "a state that is a list": lambda saved: saved.update(state=[]),
    "two groups": lambda saved: saved["param_groups"].append(saved["param_groups"][0]),
    "other parameters": lambda saved: saved["param_groups"][0].update(params=[0]),
    "another option": lambda saved: saved["param_groups"][0].update(eps=1.0),
    "a rate that is infinite": lambda saved: saved["param_groups"][0].update(lr=math.inf),
    "a rate that is a truth": lambda saved: saved["param_groups"][0].update(lr=True),
    "a parameter that there is not": lambda saved: saved["state"].update({2: saved["state"][0]}),
    "a mean of another shape": lambda saved: saved["state"][0].update(exp_avg=torch.zeros(2)),
    "a mean of whole numbers": lambda saved: saved["state"][0].update(exp_avg=torch.zeros(3, 2, dtype=torch.int64)),
    "one mean less": lambda saved: saved["state"][0].pop("exp_avg_sq"),
    "what another optimizer keeps": lambda saved: saved["state"][0].update(momentum_buffer=torch.zeros(3, 2)),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_another_state_is_refused(change):
    with pytest.raises(DataError, match=r"^checkpoint: expected a checkpoint of this training with .*optimizer"):
        require_optimizer_state(_with(change), _stepped(torch.optim.Adam), FILE)
