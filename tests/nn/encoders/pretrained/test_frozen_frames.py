import pytest
import torch
from torch import nn

from recurra.nn.encoders.pretrained import FrozenFrames


@pytest.fixture
def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 5, 3, 2), nn.BatchNorm2d(5), nn.ReLU())


def test_maps_are_averaged_and_the_size_is_found(network):
    encoder = FrozenFrames(network, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    frames = torch.randint(256, (2, 4, 8, 9, 3), dtype=torch.uint8)
    vectors, lengths = encoder(frames)
    assert (encoder.size, encoder.stride, lengths) == (5, 1, None)
    images = (frames.flatten(0, 1).float() / 255 - 0.5).movedim(-1, 1) / 0.25
    expected = network(images).mean((2, 3)).view(2, 4, 5)
    torch.testing.assert_close(vectors, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(encoder(frames.float())[0], vectors)


def test_vectors_are_taken_as_they_are():
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 7))
    encoder = FrozenFrames(network, image_size=(4, 4))
    assert encoder.size == 7
    assert encoder.frames(torch.zeros(2, 16, 12, 3)).shape == (2, 7)


def test_padding_is_not_computed(network):
    encoder = FrozenFrames(network, frames_at_once=2)
    frames = torch.randint(256, (2, 4, 8, 8, 3), dtype=torch.uint8)
    lengths = torch.tensor([1, 4])
    counts = []
    network.register_forward_hook(lambda module, inputs, output: counts.append(len(inputs[0])))
    vectors, same = encoder(frames, lengths)
    assert counts == [2, 2, 1]
    assert same is lengths
    assert not vectors[0, 1:].any()
    torch.testing.assert_close(vectors[1], encoder(frames[1:])[0][0])


def test_it_stays_frozen_and_in_evaluation_mode(network):
    encoder = nn.ModuleList([FrozenFrames(network)]).train()[0]
    before = network[1].running_mean.clone()
    vectors, _ = encoder(torch.rand(1, 2, 8, 8, 3))
    assert not network.training
    assert not vectors.requires_grad
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert torch.equal(network[1].running_mean, before)


def test_bfloat16_is_close(network):
    frames = torch.randint(256, (1, 3, 8, 8, 3), dtype=torch.uint8)
    expected = FrozenFrames(network)(frames)[0]
    vectors = FrozenFrames(network, dtype=torch.bfloat16)(frames)[0]
    assert vectors.dtype is torch.float32
    torch.testing.assert_close(vectors, expected, rtol=0.05, atol=0.05)


def test_what_is_no_encoder_or_no_frame_is_refused(network):
    with pytest.raises(ValueError, match=r"expected vectors \(N, F\) or maps \(N, F, h, w\), got \(3, 64, 64\)"):
        FrozenFrames(nn.Flatten(0, 1))
    with pytest.raises(ValueError, match=r"frames: expected \(N, H, W, 3\), got \(2, 8, 8, 4\)"):
        FrozenFrames(network).frames(torch.zeros(2, 8, 8, 4))
    with pytest.raises(ValueError, match="frames_at_once"):
        FrozenFrames(network, frames_at_once=0)
