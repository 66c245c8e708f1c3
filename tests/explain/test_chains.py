import pytest
import torch
from torch import nn

import recurra
from recurra.explain import gradients
from recurra.explain.chains import chains, joined
from recurra.explain.recording import Recorder


class StepByStep(nn.Module):
    """A loop that calls a layer once a step; what it reads of a step is the final state."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        state, read = None, []
        for step in x.unbind(1 if self.layer.batch_first else 0):
            step = step.unsqueeze(1 if self.layer.batch_first else 0)
            _, state = self.layer(step, state)
            read.append(state[0][-1] if isinstance(state, tuple) else state[-1])
        return torch.stack(read)


class AtOnce(StepByStep):
    def forward(self, x):
        y = self.layer(x)[0]
        return y.transpose(0, 1) if self.layer.batch_first else y


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "batch_first": True}], ids=str)
@pytest.mark.parametrize("package", [nn, recurra.nn])
def test_a_layer_called_step_by_step_is_as_one_called_at_once(package, kind, settings):
    torch.manual_seed(0)
    layer = getattr(package, kind)(3, 5, **settings)
    x = torch.randn(9, 9, 3)
    for a, b in zip(*(gradients(cls(layer), x, torch.sum).layers for cls in (StepByStep, AtOnce)), strict=True):
        assert a.name == b.name
        for name, norms in b.by_step.items():
            if name == "h":
                assert a.by_step[name] == pytest.approx(norms, rel=1e-4)
        assert a.fading.ratios == pytest.approx(b.fading.ratios, rel=1e-4)
        assert a.singular_values.largest == pytest.approx(b.singular_values.largest, rel=1e-4)
        assert a.saturated == pytest.approx(b.saturated)


class Stream(StepByStep):
    """A loop that carries a layer on as a stream."""

    def forward(self, x):
        state, outputs = None, []
        for step in x.unbind(1 if self.layer.batch_first else 0):
            y, state = self.layer.step(step, state)
            outputs.append(y)
        return torch.stack(outputs)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "batch_first": True}], ids=str)
@pytest.mark.parametrize("shape", [(9, 9, 3), (9, 3)], ids=["batch", "one stream"])
def test_a_stream_is_as_a_layer_called_at_once(kind, settings, shape):
    if len(shape) == 2 and settings:
        settings = {"num_layers": 2}
    torch.manual_seed(0)
    layer = getattr(recurra.nn, kind)(3, 5, **settings)
    x = torch.randn(shape)
    for a, b in zip(*(gradients(cls(layer), x, torch.sum).layers for cls in (Stream, AtOnce)), strict=True):
        assert a.by_step["h"] == pytest.approx(b.by_step["h"], rel=1e-4)
        assert a.fading.ratios == pytest.approx(b.fading.ratios, rel=1e-4)
    assert "step" not in vars(layer)


def test_a_stream_that_drops_nothing_in_training_is_refused():
    layer = recurra.nn.LSTM(3, 5, num_layers=2, dropout=0.5)
    with pytest.raises(ValueError, match=r"layer 'layer': expected eval mode, since a step of a stream drops nothing"):
        gradients(Stream(layer), torch.randn(4, 2, 3), torch.sum)
    assert gradients(Stream(layer).eval(), torch.randn(4, 2, 3), torch.sum).layers


def test_calls_that_do_not_go_on_from_each_other_stay_apart():
    layer = nn.GRU(3, 5)
    with Recorder(layer) as recorder:
        _, state = layer(torch.randn(4, 2, 3))
        layer(torch.randn(4, 2, 3))
        layer(torch.randn(4, 2, 3), state)
    assert [len(chain) for chain in chains(recorder.calls)] == [1, 1, 1]
    model = nn.Sequential(layer)
    model.forward = lambda x: layer(x)[0] + layer(x + 1)[0]
    assert [found.name for found in gradients(model, torch.randn(4, 2, 3)).layers] == ["0 (call 1)", "0 (call 2)"]


def test_a_chain_is_one_call():
    layer = nn.LSTM(3, 5)
    x = torch.randn(4, 2, 3)
    with Recorder(layer) as recorder:
        first, state = layer(x)
        second, _ = layer(x, state)
    (chain,) = chains(recorder.calls)
    whole = joined(chain)
    assert whole.steps == 8
    assert torch.equal(whole.output, torch.cat([first, second]))
