import dataclasses

import pytest
import torch

from recurra.serve.errors import ApiError
from recurra.serve.runs import Runs
from recurra.serve.sessions import state_file
from recurra.serve.sessions.state import TextState
from recurra.tasks.language_model.writer import Place

KEY = b"k" * 32


def test_a_signed_state_is_taken_where_the_key_is_known(state):
    signed = state_file.sign(state.to_bytes(), KEY)
    assert state_file.verified(signed, KEY) == state.to_bytes()
    assert state_file.opened(state_file.verified(signed, KEY)).text == state.text
    with pytest.raises(ApiError) as caught:
        state_file.verified(signed, b"l" * 32, "state")
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, "state", "wrong_signature")
    assert "signed elsewhere" in caught.value.message


def test_every_flipped_bit_is_refused(state):
    small = dataclasses.replace(state, place=Place((torch.zeros(1, 1, 2),), 1))
    signed = state_file.sign(small.to_bytes(), KEY)
    for bit in range(8 * len(signed)):
        broken = bytearray(signed)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ApiError) as caught:
            state_file.verified(bytes(broken), KEY)
        assert caught.value.status == 400


def test_what_is_cut_off_or_foreign_is_refused(state):
    signed = state_file.sign(state.to_bytes(), KEY)
    for content in (b"", b"x", b"PK" * 500, signed[:40], signed[:-1], signed + b"x", signed[1:], b"\xff" * 100):
        with pytest.raises(ApiError, match="state: expected a state file") as caught:
            state_file.verified(content, KEY)
        assert caught.value.status == 400


def test_a_signed_file_that_is_no_state_is_refused():
    with pytest.raises(ApiError, match="state: expected the state of a text") as caught:
        state_file.opened(state_file.verified(state_file.sign(bytes(100), KEY), KEY))
    assert caught.value.status == 400


@pytest.fixture
def runs(run):
    runs = Runs([run])
    runs.load_all()
    return runs


@pytest.fixture
def fitting(runs):
    """A state of the run that is served."""
    fox = runs.get("fox")
    parts = tuple(torch.ones(1, 1, 12) for _ in range(2))
    return TextState("fox", fox.model_hash, Place(parts, 1), "", (1,))


def test_a_state_must_be_of_the_model(runs, fitting):
    fox = runs.get("fox")
    state_file.require_model(fitting, fox, runs)
    with pytest.raises(ApiError) as caught:
        state_file.require_model(dataclasses.replace(fitting, model_hash="0" * 64), fox, runs)
    assert (caught.value.status, caught.value.code) == (409, "wrong_model")
    assert "no model that is served has that hash" in caught.value.message
    other = dataclasses.replace(fox, name="other", model_hash="1" * 64)
    with pytest.raises(ApiError, match="; fox has that hash"):
        state_file.require_model(fitting, other, runs)


@pytest.mark.parametrize(
    ("parts", "symbol", "symbols"),
    [
        ((torch.ones(1, 1, 12),), 1, ()),
        ((torch.ones(1, 1, 12),) * 3, 1, ()),
        ((torch.ones(1, 1, 12), torch.ones(1, 1, 11)), 1, ()),
        ((torch.ones(1, 1, 12), torch.ones(1, 2, 12)), 1, ()),
        ((torch.ones(1, 1, 12), torch.ones(1, 1, 12, dtype=torch.float64)), 1, ()),
        ((torch.ones(1, 1, 12), torch.full((1, 1, 12), torch.nan)), 1, ()),
        ((torch.ones(1, 1, 12), torch.full((1, 1, 12), -torch.inf)), 1, ()),
        ((torch.ones(1, 1, 12),) * 2, 10_000, ()),
        ((torch.ones(1, 1, 12),) * 2, 1, (1, 10_000)),
    ],
    ids=["few", "many", "narrow", "batch", "type", "nan", "infinite", "symbol", "last symbols"],
)
def test_numbers_that_do_not_fit_are_refused(runs, fitting, parts, symbol, symbols):
    wrong = dataclasses.replace(fitting, place=Place(parts, symbol), symbols=symbols)
    with pytest.raises(ApiError, match="numbers that do not fit") as caught:
        state_file.require_model(wrong, runs.get("fox"), runs)
    assert caught.value.status == 400
