import torch
from torch.nn import functional as F

from recurra.nn.clips.window import place


def test_a_window_as_large_as_the_picture_is_the_picture():
    maps = torch.randn(3, 2, 8, 8)
    torch.testing.assert_close(place(maps, torch.zeros(3, 2), torch.ones(3), 8), maps)


def test_a_window_of_half_the_size_fills_its_quarter_and_leaves_the_rest():
    maps = torch.rand(1, 1, 8, 8) + 1
    placed = place(maps, torch.tensor([[0.5, -0.5]]), torch.tensor([0.5]), 16)
    torch.testing.assert_close(placed[:, :, :8, 8:], maps)
    placed[:, :, :8, 8:] = 0
    assert (placed == 0).all()


def test_between_pixels_it_interpolates_as_grid_sample_does():
    maps, centers, sizes = torch.randn(4, 3, 8, 8), torch.rand(4, 2) - 0.5, torch.rand(4) + 0.3
    theta = torch.zeros(4, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1 / sizes
    theta[:, :, 2] = -centers / sizes[:, None]
    grid = F.affine_grid(theta, [4, 3, 16, 16], align_corners=False)
    expected = F.grid_sample(maps, grid, align_corners=False)
    torch.testing.assert_close(place(maps, centers, sizes, 16), expected, atol=1e-5, rtol=1e-5)


def test_gradients_reach_the_place_and_the_size():
    maps, centers, sizes = torch.randn(2, 1, 8, 8).double(), torch.rand(2, 2).double() / 2, torch.rand(2).double() + 0.4
    inputs = [tensor.requires_grad_() for tensor in (maps, centers, sizes)]
    assert torch.autograd.gradcheck(lambda *inputs: place(*inputs, 16), inputs)
