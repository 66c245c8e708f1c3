import os

import numpy as np
import pytest
import torch

from recurra.nn import ConvLSTM
from recurra.nn.conv_recurrent.keras_weights import load_keras_weights

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")


def weights_of(layer):
    """As `get_weights`, which warns on NumPy 2."""
    return [variable.value.detach().cpu().numpy() for variable in layer.weights]


@pytest.mark.parametrize(
    ("settings", "same_settings"),
    [
        ({"padding": "same"}, {}),
        ({"padding": "valid"}, {"padding": "valid"}),
        ({"padding": "same", "strides": 2}, {"stride": 2}),
        ({"padding": "valid", "strides": (2, 3)}, {"padding": "valid", "stride": (2, 3)}),
        ({"padding": "same", "dilation_rate": 2}, {"dilation": 2}),
        ({"padding": "valid", "dilation_rate": 2}, {"padding": "valid", "dilation": 2}),
        ({"padding": "same", "use_bias": False}, {"bias": False}),
    ],
)
@pytest.mark.parametrize("kernel_size", [(3, 3), (2, 5)])
def test_the_layer_gives_what_keras_gives(settings, same_settings, kernel_size):
    theirs = keras.layers.ConvLSTM2D(
        4, kernel_size, data_format="channels_last", return_sequences=True, return_state=True, **settings
    )
    x = np.random.default_rng(1).normal(size=(2, 5, 11, 12, 3)).astype(np.float32)
    theirs.build(x.shape)
    if theirs.use_bias:
        theirs.cell.bias.assign(np.random.default_rng(2).normal(size=16))
    expected = [part.detach().cpu().movedim(-1, -3) for part in theirs(x)]
    ours = ConvLSTM(3, 4, kernel_size, batch_first=True, **same_settings)
    load_keras_weights(ours, weights_of(theirs))
    y, (h, c) = ours(torch.from_numpy(x).movedim(-1, -3))
    torch.testing.assert_close([y, h[0], c[0]], expected, rtol=1e-5, atol=1e-5)


def test_layers_and_directions_take_weights_apart():
    theirs = keras.layers.ConvLSTM2D(4, 3)
    theirs.build((None, 2, 6, 6, 8))
    ours = ConvLSTM(3, 4, 3, num_layers=2, bidirectional=True)
    load_keras_weights(ours, weights_of(theirs), number=1, reverse=True)
    kernel = torch.from_numpy(weights_of(theirs)[0])
    assert torch.equal(ours.weight_ih_l1_reverse, kernel.permute(3, 2, 0, 1))
    with pytest.raises(ValueError, match=r"weight_ih: expected shape \(16, 3, 3, 3\), got \(16, 8, 3, 3\)"):
        load_keras_weights(ours, weights_of(theirs))
    with pytest.raises(ValueError, match="expected 3 arrays, got 2"):
        load_keras_weights(ours, weights_of(theirs)[:2])
