"""What every discriminator of sequences does."""

import pytest
import torch
from torch.nn import functional as F

from recurra.nn.discriminators.conv_sequence import ConvSequenceDiscriminator
from recurra.nn.discriminators.recurrent_sequence import RecurrentSequenceDiscriminator

both = pytest.mark.parametrize("kind", [ConvSequenceDiscriminator, RecurrentSequenceDiscriminator])


@both
def test_what_pads_a_sequence_changes_no_score(kind):
    network = kind(3).eval()
    x, lengths = torch.randn(4, 6, 3), torch.tensor([6, 2, 1, 4])
    scores = network(x, lengths)
    assert scores.shape == (4,)
    for row in range(4):
        alone = network(x[row : row + 1, : lengths[row]])
        assert torch.allclose(alone, scores[row : row + 1], atol=1e-5)


@both
def test_it_learns_to_tell_two_kinds_apart(kind):
    torch.manual_seed(0)
    network = kind(2, 8, dropout=0.0)
    rising = torch.arange(6.0).view(1, 6, 1).expand(16, 6, 2) / 6 + 0.1 * torch.randn(16, 6, 2)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(60):
        loss = F.softplus(-network(rising)).mean() + F.softplus(network(rising.flip(1))).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert network(rising).min() > network(rising.flip(1)).max()


@both
def test_gradients_reach_what_is_scored(kind):
    x = torch.randn(2, 5, 3, requires_grad=True)
    kind(3)(x).sum().backward()
    assert x.grad.abs().sum() > 0
