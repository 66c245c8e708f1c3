import pytest
import torch

from recurra.nn.clips.upsampling import Upsampling, doublings


@pytest.mark.parametrize("side", [8, 16, 64])
def test_vectors_become_maps_of_the_side(side):
    upsampling = Upsampling(6, 5, 3, side, 8)
    assert upsampling(torch.randn(2, 6), torch.randn(2, 5)).shape == (2, 3, side, side)


def test_each_map_is_made_of_its_own_vector_and_style():
    upsampling, vectors, styles = Upsampling(6, 5, 3, 16, 8), torch.randn(3, 6), torch.randn(3, 5)
    maps = upsampling(vectors, styles)
    torch.testing.assert_close(upsampling(vectors[1:2], styles[1:2])[0], maps[1])
    for inputs in (vectors, styles):
        inputs[1] += 1
        is_other = (upsampling(vectors, styles) != maps).flatten(1).any(1)
        assert is_other.tolist() == [False, True, False]
        maps = upsampling(vectors, styles)


def test_a_side_that_is_no_power_of_two_is_refused():
    assert [doublings(side) for side in (8, 16, 128)] == [1, 2, 5]
    for side in (4, 12, 48):
        with pytest.raises(ValueError, match=f"side: expected 4 times a power of two, from 8 on, got {side}"):
            doublings(side)
