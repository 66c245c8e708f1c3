import hashlib

import numpy as np
import pytest

from recurra.data.files.checksum import BLOCK, Checksum, blocks

CONTENT = np.random.default_rng(0).integers(0, 256, 2 * BLOCK + 3 * 4096 + 100, dtype=np.uint8)
PAGE = 4096


def _checksum(content: np.ndarray) -> str:
    checksum = Checksum()
    for block in blocks(content):
        checksum.add_block(block)
    return checksum.hexdigest()


def test_the_blocks_of_an_array_are_all_of_it():
    assert [len(block) for block in blocks(CONTENT)] == [BLOCK, BLOCK, 3 * PAGE + 100]
    assert (np.concatenate(list(blocks(CONTENT))) == CONTENT).all()
    assert not list(blocks(CONTENT[:0]))


def test_every_flipped_bit_is_seen():
    expected, draw = _checksum(CONTENT), np.random.default_rng(1)
    positions = [
        0,
        7,
        PAGE - 1,
        PAGE,
        BLOCK - 1,
        BLOCK,
        len(CONTENT) - 101,
        len(CONTENT) - 1,
        *draw.integers(0, BLOCK, 9),
    ]
    for position in positions:
        for bit in range(8):
            changed = CONTENT.copy()
            changed[position] ^= 1 << bit
            assert _checksum(changed) != expected, (position, bit)


@pytest.mark.parametrize("mask", [0x80, 0x01, 0xFF])
def test_two_flips_in_one_page_are_seen(mask):
    expected = _checksum(CONTENT)
    for first, second in ((0, 8), (7, 15), (7, PAGE - 1), (16, 17)):
        changed = CONTENT.copy()
        changed[first] ^= mask
        changed[second] ^= mask
        assert _checksum(changed) != expected, (first, second)


@pytest.mark.parametrize("page", [0, 1, 255, 256, 513])
def test_a_lost_page_is_seen(page):
    changed = CONTENT.copy()
    changed[page * PAGE : (page + 1) * PAGE] = 0
    assert _checksum(changed) != _checksum(CONTENT)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 200), (10, 300)])
def test_pages_in_another_order_are_seen(first, second):
    pages = CONTENT[: 2 * BLOCK].reshape(-1, PAGE).copy()
    expected = _checksum(pages.reshape(-1))
    pages[[first, second]] = pages[[second, first]]
    assert _checksum(pages.reshape(-1)) != expected


def test_short_texts_are_hashed_as_they_are():
    checksum = Checksum()
    checksum.add_text(b"some ")
    checksum.add_text(b"text")
    assert checksum.hexdigest() == hashlib.sha256(b"some text").hexdigest()
