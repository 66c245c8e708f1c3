import threading

import numpy as np
import pytest
import torch

from recurra import nn
from recurra.nn.dropout import dropout, variational_mask
from recurra.nn.generators import (
    drawing_from,
    forked,
    generator_for,
    random_states,
    seeded,
    set_random_states,
)

DRAWS = {
    "dropout of little": lambda: dropout(torch.ones(4, 5), 0.5),
    "dropout of much": lambda: dropout(torch.ones(300, 200), 0.5),
    "one mask for all steps": lambda: variational_mask(torch.ones(3, 4, 50), 0.5),
}


def _generators(seed: int) -> dict[str, torch.Generator]:
    return {"cpu": torch.Generator().manual_seed(seed)}


@pytest.mark.parametrize("what", DRAWS)
def test_layers_draw_from_the_generators_of_the_block_and_leave_torchs_alone(what):
    before = torch.get_rng_state()
    with drawing_from(_generators(1)):
        first, second = DRAWS[what](), DRAWS[what]()
    with drawing_from(_generators(1)):
        again = DRAWS[what]()
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)
    assert float(first.mean()) == pytest.approx(1.0, abs=0.5)


def test_zoneout_draws_from_them_too():
    layer = nn.LSTM(3, 40, zoneout=0.5).train()
    before, outputs = torch.get_rng_state(), []
    for _ in range(2):
        with drawing_from(_generators(1)):
            outputs.append(layer(torch.ones(3, 2, 3))[0])
    assert torch.equal(*outputs)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_the_ends_of_dropout_are_as_torchs(p):
    with drawing_from(_generators(1)):
        assert torch.equal(dropout(torch.ones(4), p), torch.full((4,), 1 - p))


def test_other_threads_and_what_comes_after_the_block_draw_from_torchs_generator():
    elsewhere = []
    with drawing_from(_generators(1)):
        assert generator_for(torch.ones(1)) is not None
        thread = threading.Thread(target=lambda: elsewhere.append(generator_for(torch.ones(1))))
        thread.start()
        thread.join()
    assert elsewhere == [None]
    assert generator_for(torch.ones(1)) is None


def test_weights_are_drawn_by_seed_and_torchs_generator_is_put_back():
    before = torch.get_rng_state()
    weights = []
    for seed in (1, 1, 2):
        with seeded(seed):
            weights.append(nn.LSTM(3, 4).weight_hh_l0)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(torch.get_rng_state(), before)


def test_draws_are_repeated_from_the_states_of_torchs_generators():
    device = torch.device("cpu")
    states = random_states(device)
    with forked(device):
        first = torch.rand(3)
        set_random_states(states, device)
        assert torch.equal(torch.rand(3), first)
    assert all(map(torch.equal, random_states(device), states))


@pytest.mark.needs_gpu
def test_a_gpus_generator_is_seeded_and_put_back():
    device = torch.device("cuda", 0)
    states, drawn = random_states(device), []
    for _ in range(2):
        with seeded(1, device):
            drawn.append(torch.rand(3, device=device))
    assert torch.equal(*drawn)
    assert all(map(torch.equal, random_states(device), states))


def test_threads_that_seed_at_once_wait_for_each_other():
    found = {}

    def draw(seed):
        with seeded(seed):
            found[seed] = np.concatenate([torch.rand(100).numpy() for _ in range(50)])

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(8):
        expected = torch.rand(5000, generator=torch.Generator().manual_seed(seed)).numpy()
        assert found[seed].tolist() == expected.tolist()
