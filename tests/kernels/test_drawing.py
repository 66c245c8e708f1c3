import pytest
import torch

from recurra.kernels import compiled, reduced_torch
from recurra.kernels.drawing import draw

SETS = ["v4_amx", "v4_vnni", "v4", "v3_vnni", "v3", "v2", "plain"]
SHARES = [0.0, 1e-9, 0.1, 0.5, 0.77, 1 - 2**-53]


@pytest.mark.parametrize("size", [1, 5, 64, 1000])
def test_a_symbol_is_the_first_whose_cumulative_probability_exceeds_the_share(size):
    torch.manual_seed(1)
    scores = 4 * torch.randn(len(SHARES), size)
    cumulative = scores.double().softmax(-1).cumsum(-1)
    for row, (symbol, share) in enumerate(zip(draw(scores, SHARES), SHARES, strict=True)):
        assert cumulative[row, symbol] > share - 1e-6
        assert symbol == 0 or cumulative[row, symbol - 1] <= share + 1e-6


def test_what_is_forbidden_is_never_drawn():
    scores = torch.tensor([[-torch.inf, 1.0, -torch.inf, 0.0, -torch.inf]])
    drawn = {draw(scores, [share])[0] for share in (0.0, 0.3, 0.7, 0.74, 0.999, 1 - 2**-53)}
    assert drawn == {1, 3}


@pytest.mark.skipif(not compiled.enabled(), reason="there are no compiled kernels")
def test_every_instruction_set_and_plain_torch_draw_the_same():
    torch.manual_seed(1)
    scores, shares = 3 * torch.randn(500, 77), torch.rand(500, dtype=torch.float64).tolist()
    expected, before = reduced_torch.draw(scores, shares), compiled.extension.reduced_name()
    try:
        for name in SETS:
            if compiled.extension.choose_reduced(name):
                assert draw(scores, shares) == expected, name
    finally:
        compiled.extension.choose_reduced(before)
    assert len(set(expected)) > 50
