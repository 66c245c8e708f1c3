"""Linear-chain CRFs: the compiled kernels, the plain reference and enumeration of all sequences agree."""

import itertools

import pytest
import torch

from recurra.kernels import compiled, crf, crf_reference

needs_kernels = pytest.mark.skipif(not compiled.enabled(), reason=compiled.why_not())
INFINITY = torch.inf


def problem(batch: int, steps: int, labels: int, scale: float = 1.0, dtype: torch.dtype = torch.float32):
    """Scores, transitions (one forbidden), start (one forbidden), end; lengths; labels that are allowed."""
    draw = torch.Generator().manual_seed(batch * 1000 + steps * 100 + labels)
    shapes = ((batch, steps, labels), (labels, labels), (labels,), (labels,))
    scores, transitions, start, end = (scale * torch.randn(s, generator=draw, dtype=dtype) for s in shapes)
    if labels > 2:
        transitions[0, 1] = start[labels - 1] = -INFINITY
    lengths = torch.randint(1, steps + 1, (batch,), generator=draw)
    said = torch.randint(1, max(2, labels - 1), (batch, steps), generator=draw).clamp(max=labels - 1)
    return (scores, transitions, start, end), lengths, said


def enumerated(given, length: int, b: int):
    """Every sequence of labels of sequence b with its score, the best first."""
    scores, transitions, start, end = (t.double() for t in given)
    found = []
    for labels in itertools.product(range(len(start)), repeat=length):
        score = start[labels[0]] + end[labels[-1]] + sum(scores[b, t, k] for t, k in enumerate(labels))
        score = score + sum(transitions[i, j] for i, j in itertools.pairwise(labels))
        found.append((float(score), labels))
    return sorted(found, key=lambda pair: -pair[0])


def log_sum(module, potentials, lengths, labels=None):
    """Log Z, or with labels their log-probability."""
    if labels is None:
        return module.log_partition(*potentials, lengths)
    return module.log_likelihood(*potentials, lengths, labels)


def value_and_gradients(module, given, lengths, labels, factor, dtype):
    leaves = [t.detach().to(dtype).requires_grad_() for t in given]
    value = log_sum(module, leaves, lengths, labels)
    grads = torch.autograd.grad((value * factor.to(dtype)).sum(), leaves, allow_unused=True)
    return [value, *(torch.zeros_like(t) if g is None else g for t, g in zip(leaves, grads, strict=True))]


@pytest.mark.parametrize("module", [crf, crf_reference], ids=["kernels", "reference"])
def test_the_sum_is_over_all_sequences(module):
    given, lengths, _ = problem(4, 5, 3)
    found = module.log_partition(*given, lengths)
    for b, length in enumerate(lengths.tolist()):
        each = torch.tensor([score for score, _ in enumerated(given, length, b)])
        torch.testing.assert_close(found[b], each.logsumexp(0), rtol=1e-5, atol=1e-5)


@needs_kernels
@pytest.mark.parametrize("said", [False, True], ids=["log Z", "log-probability"])
@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
@pytest.mark.parametrize("sizes", [(3, 5, 4), (7, 12, 17), (2, 1, 3), (5, 9, 45), (3, 30, 200), (2, 4, 1), (1, 700, 2)])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_kernels_are_the_reference(sizes, scale, said, threads):
    given, lengths, labels = problem(*sizes, scale)
    factor = torch.randn(sizes[0], generator=torch.Generator().manual_seed(1))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        rest = lengths, labels if said else None, factor
        ours = value_and_gradients(crf, given, *rest, torch.float32)
    finally:
        torch.set_num_threads(before)
    theirs = value_and_gradients(crf_reference, given, *rest, torch.float64)
    for got, expected in zip(ours, theirs, strict=True):
        largest = 1 + expected.abs().max()
        atol = 1e-6 * max(20.0, scale) * (1 + sizes[1] / 100)
        torch.testing.assert_close(got.double() / largest, expected / largest, rtol=0, atol=atol)


@needs_kernels
@pytest.mark.parametrize("scale", [1.0, 20.0])
@pytest.mark.parametrize("sizes", [(3, 7, 1), (3, 40, 4), (2, 700, 9), (2, 30, 45), (1, 5, 150)], ids=str)
def test_the_kernels_sum_with_the_digits_of_double(sizes, scale):
    tables, lengths, _ = problem(*sizes, scale)
    expected = crf_reference.log_partition(*(t.double() for t in tables), lengths)
    torch.testing.assert_close(crf.log_partition_float64(*tables, lengths), expected, rtol=1e-13, atol=1e-12)


@needs_kernels
def test_a_long_sequence_whose_labels_are_all_but_sure_keeps_its_probability():
    """Each step adds 2e-8 to the sum, which float32 would lose: all steps together, 1e-3."""
    steps = 50_000
    scores = torch.tensor([18.0, 0.0]).expand(1, steps, 2)
    tables = scores, torch.zeros(2, 2), torch.zeros(2), torch.zeros(2)
    labels = torch.zeros(1, steps, dtype=torch.int64)
    found = crf.log_likelihood(*tables, torch.tensor([steps]), labels)
    expected = -steps * torch.tensor([-18.0], dtype=torch.float64).exp().log1p()
    torch.testing.assert_close(found, expected.float(), rtol=1e-5, atol=0)


def test_a_gradient_from_above_that_is_one_number_for_all():
    given, lengths, _ = problem(32, 64, 45)
    scores = given[0].requires_grad_()
    (grad,) = torch.autograd.grad(
        crf.log_partition(*given, lengths).sum(), scores
    )  # an expanded scalar comes from above
    torch.testing.assert_close(grad.sum((1, 2)), lengths.float())


@needs_kernels
def test_what_float32_would_lose_is_done_in_logarithms():
    scores = torch.zeros(1, 4, 3)
    scores[0, :, 1] = 500.0  # by far the best at each step,
    transitions = torch.tensor([[0.0, -INFINITY, -INFINITY], [0.0, -INFINITY, -900.0], [0.0, -200.0, 0.0]])
    start, end = torch.tensor([-INFINITY, -INFINITY, 0.0]), torch.tensor([-INFINITY, 0.0, -INFINITY])
    given, lengths, factor = (scores, transitions, start, end), torch.tensor([4]), torch.ones(1)
    ours = value_and_gradients(crf, given, lengths, None, factor, torch.float32)
    theirs = value_and_gradients(crf_reference, given, lengths, None, factor, torch.float64)
    for got, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(got.double(), expected, rtol=1e-6, atol=1e-6)
    assert ours[1][0].sum(-1).tolist() == pytest.approx([1.0] * 4)


def test_where_nothing_is_possible_the_sum_is_zero_and_so_are_gradients():
    given, lengths, _ = problem(2, 3, 3)
    given[2].fill_(-INFINITY)
    for module in (crf, crf_reference):
        value, *grads = value_and_gradients(module, given, lengths, None, torch.ones(2), torch.float32)
        assert value.tolist() == [-INFINITY, -INFINITY]
        assert all(float(grad.abs().sum()) == 0 for grad in grads)


def test_nan_is_not_hidden():
    given, lengths, _ = problem(2, 3, 3)
    given[0][1, 0, 0] = torch.nan
    for module in (crf, crf_reference):
        found = module.log_partition(*given, lengths)
        assert found[0].isfinite()
        assert found[1].isnan()


@pytest.mark.parametrize("said", [False, True])
def test_gradients_of_gradients(said):
    given, lengths, labels = problem(2, 4, 3)
    given[1][0, 1] = given[2][2] = 0.3
    rest = (lengths, labels if said else None)
    small = [t.double().requires_grad_() for t in given]
    assert torch.autograd.gradcheck(lambda *own: log_sum(crf, own, *rest), small)
    assert torch.autograd.gradgradcheck(lambda *own: log_sum(crf, own, *rest), small)
    leaves = [t.requires_grad_() for t in given]

    def second(module):
        first = torch.autograd.grad(log_sum(module, leaves, *rest).square().sum(), leaves, create_graph=True)
        return torch.autograd.grad(sum(g.square().sum() for g in first), leaves)

    torch.testing.assert_close(second(crf), second(crf_reference), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [1, 4, 300])
@pytest.mark.parametrize("function", [crf.viterbi_n_best, crf_reference.viterbi_n_best], ids=["kernels", "reference"])
def test_the_best_are_the_best_of_all(function, count):
    given, lengths, _ = problem(5, 4, 4)
    found, scores = function(*given, lengths, count)
    assert found.shape == (5, count, 4)
    for b, length in enumerate(lengths.tolist()):
        expected = [way for way in enumerated(given, length, b) if way[0] > -INFINITY][:count]
        assert [tuple(way[:length]) for way in found[b].tolist()][: len(expected)] == [labels for _, labels in expected]
        assert scores[b, : len(expected)].tolist() == pytest.approx([score for score, _ in expected], rel=1e-4)
        assert (scores[b, len(expected) :] == -INFINITY).all()
        assert not found[b, :, length:].any()


@needs_kernels
@pytest.mark.parametrize("sizes", [(6, 50, 45), (3, 9, 130), (1, 5000, 9), (2, 3, 1)])
def test_long_and_wide_sequences_are_decoded_as_by_the_reference(sizes):
    given, lengths, _ = problem(*sizes)
    found, scores = crf.viterbi_n_best(*given, lengths, 1)
    expected, best = crf_reference.viterbi_n_best(*(t.double() for t in given), lengths, 1)
    assert torch.equal(found, expected)
    torch.testing.assert_close(scores.double(), best, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_marginals_are_those_of_all_sequences(dtype):
    given, lengths, _ = problem(3, 4, 3, dtype=dtype)
    with torch.inference_mode():
        found = crf.marginals(*given, lengths)
    for b, length in enumerate(lengths.tolist()):
        ways = enumerated(given, length, b)
        odds = torch.tensor([score for score, _ in ways], dtype=torch.float64).softmax(0)
        expected = torch.zeros(4, 3, dtype=torch.float64)
        for p, (_, labels) in zip(odds, ways, strict=True):
            expected[torch.arange(length), list(labels)] += p
        torch.testing.assert_close(found[b].double(), expected, rtol=1e-5, atol=1e-6)


@needs_kernels
def test_the_kernels_read_no_further_than_they_may():
    given, _, labels = problem(2, 3, 3)
    with pytest.raises(IndexError, match="label 3 is out of bounds for 3 labels"):
        crf.log_likelihood(*given, torch.tensor([3, 3]), labels + 2)
    with pytest.raises(IndexError, match="lengths: expected 1 to 3, got 4"):
        crf.log_partition(*given, torch.tensor([3, 4]))
    with pytest.raises(IndexError, match="lengths: expected 1 to 3, got 0"):
        crf.viterbi_n_best(*given, torch.tensor([0, 1]), 1)
    labels[:, 2] = 99  # beyond the length
    assert crf.log_likelihood(*given, torch.tensor([2, 2]), labels).isfinite().all()


@pytest.mark.parametrize("apart", [60.0, 110.0, 300.0])
def test_a_way_that_is_far_behind_and_comes_back_is_not_lost(apart):
    """Two ways that never cross: the second starts far below what float32 can tell, then the first falls behind it."""
    scores = torch.zeros(1, 12, 2)
    scores[0, 0, 1] = -apart
    scores[0, 1:, 0] = -45.0
    transitions = torch.tensor([[0.0, -INFINITY], [-INFINITY, 0.0]])
    end = torch.zeros(2)
    value = crf.log_partition(scores, transitions, end, end, torch.tensor([12]))
    assert value.item() == pytest.approx(max(-apart, -45.0 * 11), rel=1e-6)
    steep = torch.tensor([[-45.0, -INFINITY], [-INFINITY, 0.0]])  # the same by transitions
    scores[0, 1:, 0] = 0.0
    value = crf.log_partition(scores, steep, end, end, torch.tensor([12]))
    assert value.item() == pytest.approx(max(-apart, -45.0 * 11), rel=1e-6)


def test_an_infinite_transition_is_met_by_no_sequence_of_one_step():
    torch.manual_seed(4)
    scores, ends = torch.randn(2, 2, 3), torch.randn(3)
    transitions = torch.full((3, 3), INFINITY)
    transitions[0, 1:] = -INFINITY
    tables = (scores, transitions, ends, ends)
    value = crf.log_partition(*tables, torch.tensor([1, 2]))
    torch.testing.assert_close(value, crf_reference.log_partition(*tables, torch.tensor([1, 2])), equal_nan=True)
    assert value[0].isfinite()


def test_gradients_of_gradients_count_one_tensor_in_two_places_once():
    scores, transitions, found = torch.randn(2, 5, 3), torch.randn(3, 3), []
    lengths = torch.tensor([5, 4])
    edge = torch.randn(3, requires_grad=True)
    for start, end in ((edge, edge), (edge.clone(), edge.clone())):
        value = crf.log_partition(scores, transitions, start, end, lengths).sum()
        (gradient,) = torch.autograd.grad(value, edge, create_graph=True)
        found.append([gradient, *torch.autograd.grad(gradient.square().sum(), edge)])
    torch.testing.assert_close(*found)
