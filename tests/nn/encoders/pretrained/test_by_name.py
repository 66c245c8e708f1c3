import sys
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from recurra.errors import DataError
from recurra.nn.encoders.pretrained import frame_encoder


class Network(nn.Module):
    mean, std = (0.1, 0.2, 0.3), (1.0, 0.5, 0.25)

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 6, 1)

    def forward(self, images):
        return self.convolution(images)


def test_a_module_of_ones_own_says_how_its_images_are_normalised():
    encoder = frame_encoder(Network(), frames_at_once=3)
    assert encoder.size == 6
    torch.testing.assert_close(encoder.mean, 255 * torch.tensor(Network.mean))
    torch.testing.assert_close(encoder.std, 255 * torch.tensor(Network.std))
    plain = frame_encoder(nn.Conv2d(3, 2, 1))
    torch.testing.assert_close(plain.mean / 255, torch.tensor([0.485, 0.456, 0.406]))


def test_models_of_timm(monkeypatch):
    asked = []

    def create_model(name, **settings):
        asked.append((name, settings))
        if name != "small":
            raise RuntimeError(f"Unknown model ({name})\nand more")
        return nn.Conv2d(3, 4, 1)

    data = SimpleNamespace(resolve_model_data_config=lambda model: {"mean": (0.5, 0.5, 0.5), "std": (0.2, 0.2, 0.2)})
    monkeypatch.setitem(sys.modules, "timm", SimpleNamespace(create_model=create_model, data=data))
    encoder = frame_encoder("timm:small")
    assert asked == [("small", {"pretrained": True, "num_classes": 0})]
    assert encoder.size == 4
    torch.testing.assert_close(encoder.std, torch.full((3,), 51.0))
    with pytest.raises(DataError, match=r"^timm:large: expected .* got: Unknown model \(large\)$"):
        frame_encoder("timm:large")


def test_missing_packages_and_unknown_names_are_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(DataError, match=r"timm:small: expected the package timm \(pip install timm\)"):
        frame_encoder("timm:small")
    with pytest.raises(DataError, match="expected efficientnet-lite0, timm:NAME or a module, got 'resnet'"):
        frame_encoder("resnet")
