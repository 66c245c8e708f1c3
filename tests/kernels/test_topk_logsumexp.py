"""The largest of each row, held to PyTorch's own."""

import pytest
import torch

from recurra.kernels import compiled
from recurra.kernels.topk_logsumexp import topk_logsumexp


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("size", [10, 63, 64, 65, 1000, 4097])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_topk_and_logsumexp(count, size, threads):
    torch.manual_seed(size)
    torch.set_num_threads(threads)
    scores = 5 * torch.randn(37, size)
    values, indices, logsumexp = topk_logsumexp(scores, count)
    torch.testing.assert_close(values, scores.topk(count).values, rtol=0, atol=0)
    torch.testing.assert_close(scores.gather(1, indices), values, rtol=0, atol=0)
    torch.testing.assert_close(logsumexp, scores.logsumexp(-1))
    rising = torch.arange(size, dtype=torch.float32).expand(3, -1)
    assert topk_logsumexp(rising, count)[1].tolist() == [list(range(size - 1, size - 1 - count, -1))] * 3


def test_of_equal_scores_the_first_come_first():
    if not compiled.enabled():
        pytest.skip("only the kernel promises it")
    _, indices, _ = topk_logsumexp(torch.zeros(2, 200), 5)
    assert indices.tolist() == [[0, 1, 2, 3, 4]] * 2


def test_minus_infinity_and_rows_that_are_not_contiguous():
    scores = torch.full((2, 300), -torch.inf)
    scores[0, 250], scores[1, 7] = 1.0, -2.0
    values, indices, logsumexp = topk_logsumexp(scores, 3)
    assert indices[:, 0].tolist() == [250, 7]
    assert values[:, 1:].tolist() == [[-torch.inf] * 2] * 2
    assert len(set(indices[0].tolist())) == 3
    assert logsumexp.tolist() == [1.0, -2.0]
    turned = torch.randn(70, 5).T
    torch.testing.assert_close(topk_logsumexp(turned, 2)[0], turned.topk(2).values)
    assert topk_logsumexp(torch.full((1, 80), -torch.inf), 2)[2].tolist() == [-torch.inf]


def test_what_the_kernel_does_not_serve():
    scores = torch.randn(4, 50, dtype=torch.float64)
    values, indices, logsumexp = topk_logsumexp(scores, 3)
    torch.testing.assert_close(values, scores.topk(3).values)
    torch.testing.assert_close(logsumexp, scores.logsumexp(-1))
    assert indices.shape == (4, 3)
