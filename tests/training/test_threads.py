import os

import pytest
import torch

from recurra.training import threads


def test_threads_are_put_back_also_after_an_error():
    before = torch.get_num_threads()

    @threads.put_back
    def fails():
        threads.use(1)
        assert torch.get_num_threads() == 1
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        fails()
    assert torch.get_num_threads() == before


@threads.put_back
def test_no_more_threads_than_processors_are_used():
    threads.use(10_000)
    assert torch.get_num_threads() == os.cpu_count()
