"""Loops that end when nobody wants their result."""

import threading

import pytest

from recurra.interruption import Interrupted, require_wanted, while_wanted


def test_a_loop_ends_when_nobody_wants_its_result():
    steps = []

    def loop():
        for step in range(10):
            steps.append(step)
            require_wanted()

    with while_wanted(lambda: len(steps) < 3), pytest.raises(Interrupted):
        loop()
    assert steps == [0, 1, 2]


def test_outside_of_such_a_block_everything_is_wanted():
    require_wanted()
    with while_wanted(lambda: False), while_wanted(lambda: True):
        require_wanted()
    require_wanted()


def test_other_threads_are_not_asked():
    ended = []

    def work():
        require_wanted()
        ended.append(True)

    with while_wanted(lambda: False):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert ended == [True]
