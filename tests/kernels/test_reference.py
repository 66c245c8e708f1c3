import pytest
import torch

from recurra.kernels.reference import unroll

T, B, H = 5, 3, 4


def _sum(x, state):
    """h counts up what comes in, and a second state counts the steps."""
    return {"h": state["h"] + x, "steps": state["steps"] + 1, "seen": 10 * x}


def _given():
    x = torch.randn(T, B, H, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return x, {"h": torch.full((B, H), 0.5, dtype=torch.float64), "steps": torch.zeros(B, 1)}


def test_the_state_is_carried_from_step_to_step():
    x, state = _given()
    output, final = unroll(_sum, x, state)
    torch.testing.assert_close(output, 0.5 + x.cumsum(0))
    assert torch.equal(final["h"], output[-1])
    assert final["steps"].flatten().tolist() == [5, 5, 5]
    assert list(final) == ["h", "steps"]


def test_reverse_walks_from_the_end_and_keeps_the_order_of_time():
    x, state = _given()
    output, final = unroll(_sum, x, state, reverse=True)
    torch.testing.assert_close(output, 0.5 + x.flip(0).cumsum(0).flip(0))
    assert torch.equal(final["h"], output[0])


@pytest.mark.parametrize("reverse", [False, True])
def test_beyond_its_end_a_sequence_stands_still_and_gives_zeros(reverse):
    x, state = _given()
    lengths = torch.tensor([2, 5, 1])
    output, final = unroll(_sum, x, state, lengths, reverse)
    assert final["steps"].flatten().tolist() == [2, 5, 1]
    for b, n in enumerate(lengths.tolist()):
        alone, end = unroll(
            _sum, x[:n, b : b + 1], {name: part[b : b + 1] for name, part in state.items()}, None, reverse
        )
        assert torch.equal(output[:n, b : b + 1], alone)
        assert torch.equal(final["h"][b : b + 1], end["h"])
        assert not output[n:, b].any()


@pytest.mark.parametrize("reverse", [False, True])
def test_the_record_holds_every_named_value_in_order_of_time(reverse):
    x, state = _given()
    record = {}
    output, _ = unroll(_sum, x, state, None, reverse, record)
    assert record.keys() == {"h", "steps", "seen"}
    assert torch.equal(torch.stack(record["h"]), output)
    assert torch.equal(torch.stack(record["seen"]), 10 * x)
    counted = [int(steps[0]) for steps in record["steps"]]
    assert counted == ([5, 4, 3, 2, 1] if reverse else [1, 2, 3, 4, 5])


def test_the_given_state_is_left_as_it_was():
    x, state = _given()
    before = {name: part.clone() for name, part in state.items()}
    unroll(_sum, x, state, torch.tensor([1, 2, 3]))
    assert all(torch.equal(state[name], before[name]) for name in before)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, torch.tensor([2, 5, 1])], ids=["all steps", "lengths"])
def test_gradients_by_finite_differences(lengths, reverse):
    x, state = _given()

    def run(x, h):
        output, final = unroll(lambda x, s: {"h": torch.tanh(x + s["h"] ** 2)}, x, {"h": h}, lengths, reverse)
        return output, final["h"]

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), state["h"].requires_grad_()))
