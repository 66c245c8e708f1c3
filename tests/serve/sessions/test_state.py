import dataclasses

import pytest
import torch
from safetensors.torch import load

from recurra import DataError
from recurra.data.files import tensor_file
from recurra.serve.sessions.state import TextState
from recurra.tasks.language_model.writer import Place


def _bits(tensor):
    return tensor.contiguous().view(torch.uint8)


def test_a_state_comes_back_bit_for_bit(state):
    content = state.to_bytes()
    back = TextState.from_bytes(content)
    for part, expected in zip(back.place.state, state.place.state, strict=True):
        assert (part.shape, part.dtype) == (expected.shape, expected.dtype)
        assert torch.equal(_bits(part), _bits(expected))
    assert dataclasses.replace(back, place=state.place) == state
    assert back.to_bytes() == content
    without = dataclasses.replace(state, draws=None, text="", symbols=())
    assert TextState.from_bytes(without.to_bytes()).draws is None


def test_it_is_small_and_any_program_can_look_into_it(state):
    content = state.to_bytes()
    assert len(content) < 20_000
    tensors = load(content)
    assert torch.equal(tensors["state.1"], state.place.state[1])
    assert content.endswith(bytes(32))


def test_a_part_of_a_batch_is_taken_as_it_is(state):
    batch = torch.randn(2, 3, 512)
    with torch.inference_mode():
        part = batch.clone()[:, 1:2]
    place = Place((part,), 1)
    back = TextState.from_bytes(dataclasses.replace(state, place=place).to_bytes())
    assert torch.equal(back.place.state[0], batch[:, 1:2])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('{"model": "fox"}', "fields that do not fit: 'hash'"),
        ("[]", "fields that do not fit"),
        ('{"model": 1, "hash": "", "symbol": 1, "symbols": [], "text": ""}', "a int in place of a str"),
        ('{"model": "", "hash": "", "symbol": -1, "symbols": [], "text": ""}', "-1 out of bounds"),
        ('{"model": "", "hash": "", "symbol": true, "symbols": [], "text": ""}', "a bool in place of a int"),
        ('{"model": "", "hash": "", "symbol": 1, "symbols": ["a"], "text": ""}', "a str in place of a int"),
        ('{"model": "", "hash": "", "symbol": 1, "symbols": [], "text": "", "seed": 1}', "'count'"),
        ("{", "fields that do not fit"),
        ("[" * 100_000, "fields that do not fit"),
    ],
    ids=str,
)
def test_what_is_no_state_is_refused(fields, message):
    tensors = {"signature": torch.zeros(32, dtype=torch.uint8), "state.0": torch.zeros(1)}
    content = tensor_file.to_bytes(tensors, {"format": "recurra state 1", "fields": fields})
    with pytest.raises(DataError, match="here: expected the state of a text, got") as caught:
        TextState.from_bytes(content, "here")
    assert message in str(caught.value)


def test_another_version_is_named(state):
    tensors, header = tensor_file.from_bytes(state.to_bytes(), "state", "a state")
    content = tensor_file.to_bytes(tensors, {"format": "recurra state 2", "fields": header.metadata["fields"]})
    with pytest.raises(DataError, match="expected 'recurra state 1', got 'recurra state 2'"):
        TextState.from_bytes(content)
    with pytest.raises(DataError, match="got 'a file of another kind'"):
        TextState.from_bytes(tensor_file.to_bytes(tensors, {}))
