"""Dropout's mask, held to the generator as its authors wrote it down."""

import numpy as np
import pytest
import torch

from recurra.kernels import compiled
from recurra.kernels.dropout import LEVELS, drop

pytestmark = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())

GROUP = 128  # numbers that 16 counters decide


def philox(counters: int, key: int) -> np.ndarray:
    """Words of the counters from 0 on, (counters, 4)."""
    word = [np.zeros(counters, np.uint64) for _ in range(4)]
    word[0] += np.arange(counters, dtype=np.uint64)
    low, high = key & 0xFFFFFFFF, key >> 32
    half = np.uint64(32)
    for _ in range(10):
        first, second = word[0] * np.uint64(0xD2511F53), word[2] * np.uint64(0xCD9E8D57)
        word = [(second >> half) ^ word[1] ^ np.uint64(low), second, (first >> half) ^ word[3] ^ np.uint64(high), first]
        word = [part & np.uint64(0xFFFFFFFF) for part in word]
        low, high = (low + 0x9E3779B9) & 0xFFFFFFFF, (high + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(word, 1)


def mask(count: int, key: int, limit: int) -> torch.Tensor:
    groups = -(-count // GROUP)
    words = philox(16 * groups, key).reshape(groups, 16, 4).transpose(0, 2, 1)  # (groups, word, counter)
    draws = np.concatenate([words & np.uint64(0xFFFF), words >> np.uint64(16)], 1).reshape(-1)[:count]
    return torch.from_numpy(draws >= limit) * torch.tensor(LEVELS / (LEVELS - limit))


def test_the_reference_gives_the_published_words():
    assert [f"{int(word):08x}" for word in philox(1, 0)[0]] == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, 15, 127, 128, 129, 100_003])
@pytest.mark.parametrize("key", [0, 1, 0xDEADBEEF12345678, 2**64 - 1])
def test_the_mask_is_that_of_the_key_on_every_set(instruction_set, count, key, threads):
    torch.manual_seed(count)
    torch.set_num_threads(threads)
    x = torch.randn(count)
    assert torch.equal(drop(x, key, 20_000), x * mask(count, key, 20_000))


def test_what_is_no_number_stays_none(instruction_set):
    x = torch.full((300,), torch.nan)
    assert drop(x, 5, 60_000).isnan().all()
    assert drop(-x.new_ones(300).neg(), 5, 0).eq(1).all()


def test_rows_that_lie_apart_are_taken_as_they_are_read():
    x = torch.randn(40, 30)
    assert torch.equal(drop(x.T, 7, 30_000), drop(x.T.contiguous(), 7, 30_000))
    assert drop(x[:0], 7, 30_000).shape == (0, 30)
