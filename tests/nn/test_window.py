import torch
from torch import nn

from recurra.nn.window import Window


def test_an_output_is_of_the_last_steps_alone():
    torch.manual_seed(1)
    layer = Window(3, 5, window=4, num_layers=2)
    x = torch.randn(2, 9, 3)
    y, last = layer(x)
    assert y.shape == (2, 9, 5)
    assert last.shape == (1, 2, 5)
    changed = x.clone()
    changed[:, 4] += 1
    differs = (layer(changed)[0] != y).any(-1).any(0)  # (T,)
    assert differs.tolist() == [False] * 4 + [True] * 4 + [False]


def test_it_is_a_perceptron_over_the_window_with_zeros_before_the_beginning():
    torch.manual_seed(1)
    layer = Window(2, 4, window=3)
    x = torch.randn(1, 5, 2)
    weight = layer.first.weight  # (H, I, K)
    steps = nn.functional.pad(x, (0, 0, 2, 0))[0]  # (K - 1 + T, I)
    for step in range(5):
        seen = steps[step : step + 3]  # (K, I)
        expected = torch.relu(torch.einsum("hik,ki->h", weight, seen) + layer.first.bias)
        torch.testing.assert_close(layer(x)[0][0, step], expected)


def test_steps_beyond_the_end_give_zeros_and_symbols_their_vectors():
    torch.manual_seed(1)
    layer = Window(6, 4, window=3)
    vectors, symbols, lengths = torch.randn(7, 6), torch.randint(7, (2, 5)), torch.tensor([5, 2])
    y, last = layer(symbols, lengths=lengths, embedding=vectors)
    plain, _ = layer(vectors[symbols])
    torch.testing.assert_close(y[0], plain[0])
    torch.testing.assert_close(y[1, :2], plain[1, :2])
    assert not y[1, 2:].any()
    torch.testing.assert_close(last[0], torch.stack([plain[0, 4], plain[1, 1]]))
