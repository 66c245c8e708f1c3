"""A state in a file that its holder cannot change: signed with a key that the server keeps for itself.

The signature, HMAC-SHA256 over all bytes before it (RFC 2104), is the last tensor of the file, so that it stays a
safetensors file which any program can look into. It is compared before anything in the file is believed.
"""

import hashlib
import hmac

import torch

from recurra.errors import DataError
from recurra.serve.errors import ApiError
from recurra.serve.runs import Runs, ServedRun
from recurra.serve.sessions.state import SIGNATURE_SIZE, TextState
from recurra.tasks.language_model.packed_network import parts_of
from recurra.tasks.language_model.task import LanguageModel

_UNSIGNED = bytes(SIGNATURE_SIZE)


def sign(content: bytes, key: bytes) -> bytes:
    """Sign what `TextState.to_bytes` gave."""
    body = content[:-SIGNATURE_SIZE]
    return body + _signature(body, key)


def verified(content: bytes, key: bytes, param: str | None = None) -> bytes:
    """Give the content of a signed file as it was before it was signed.

    Args:
        content: the file.
        key: that it must be signed with.
        param: the field of the request that it came in.

    Raises:
        ApiError: 400, it is something else, cut off, changed, or signed with another key.
    """
    length = int.from_bytes(content[:8], "little")  # of the header
    if not 8 + length + SIGNATURE_SIZE <= len(content):
        raise _refused(f"expected a state file, got {len(content):,} bytes that are none, or were cut off", param)
    body = content[:-SIGNATURE_SIZE]
    if not hmac.compare_digest(content[-SIGNATURE_SIZE:], _signature(body, key)):
        message = "expected a state file as this server has signed it, got one that was changed, or signed elsewhere"
        raise _refused(message, param, "wrong_signature")
    return body + _UNSIGNED


def opened(content: bytes, param: str | None = None) -> TextState:
    """Read what `verified` gave.

    Raises:
        ApiError: 400, it is no state, or one of another version.
    """
    try:
        return TextState.from_bytes(content)
    except DataError as error:
        raise _refused(str(error).removeprefix("state: "), param) from None


def require_model(state: TextState, run: ServedRun, runs: Runs) -> None:
    """Hold a state to the model that is to go on from it.

    Args:
        state: of a text.
        run: a language model.
        runs: that are served, of which another may be the right one.

    Raises:
        ApiError: 409, it is of other weights; 400, it does not fit the network.
    """
    if state.model_hash != run.model_hash:
        raise wrong_model(state.model, state.model_hash, run, runs)
    if not _fits(state, run):
        raise _refused("expected the state of a text of this model, got numbers that do not fit it", None)


def _fits(state: TextState, run: ServedRun) -> bool:
    """Whether symbols and tensors are such as the model has, of finite numbers."""
    task = run.task
    assert isinstance(task, LanguageModel)
    assert task.network is not None
    assert task.tokenizer is not None
    expected = parts_of(task.network.forward_recurrence.zero_state(1))  # (L, 1, ...) each
    parts = state.place.state
    if [(part.shape, part.dtype) for part in parts] != [(part.shape, part.dtype) for part in expected]:
        return False
    if max([state.place.symbol, *state.symbols]) >= len(task.tokenizer):
        return False
    return all(bool(torch.isfinite(part).all()) for part in parts)


def wrong_model(name: str, model_hash: str, run: ServedRun, runs: Runs) -> ApiError:
    """Say that a text was read by other weights than those that are asked for, and who has them."""
    got = f"{run.name} with the hash {run.model_hash[:12]}"
    others = [other.name for other in runs.ready if other.model_hash == model_hash]
    hint = f"; {others[0]} has that hash" if others else "; no model that is served has that hash"
    return ApiError(
        409, f"model: expected {name[:80]!r} with the hash {model_hash[:12]}, got {got}{hint}", "model", "wrong_model"
    )


def _signature(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)


def _refused(message: str, param: str | None, code: str = "wrong_state") -> ApiError:
    return ApiError(400, f"{param or 'state'}: {message}", param, code)
