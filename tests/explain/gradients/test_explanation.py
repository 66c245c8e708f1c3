import json

import pytest
import torch
from torch import nn

import recurra
from recurra import figures
from recurra.errors import DataError
from recurra.explain import gradients
from recurra.explain.explanation import Picture


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.rnn = nn.LSTM(8, 12, num_layers=2, bidirectional=True)
        self.head = nn.Linear(24, 3)
        self.unused = nn.Linear(2, 2)

    def forward(self, symbols):
        return self.head(self.rnn(self.embedding(symbols))[0])


@pytest.fixture(scope="module")
def found():
    torch.manual_seed(0)
    return gradients(Model(), torch.randint(50, (20, 4)))


def test_the_first_line_is_the_verdict(found):
    lines = str(found).splitlines()
    assert lines[0] == found.verdict
    assert lines[0].startswith("Gradients: vanishing. In rnn layer ")
    assert lines[1].startswith("Try: start from a forget-gate bias of 1; ")
    assert "no loss was given" in lines[2]


def test_numbers_are_json(found):
    numbers = json.loads(json.dumps(found.numbers(), allow_nan=False))
    assert numbers["verdict"] == "vanishing"
    assert len(numbers["layers"]) == 4
    layer = numbers["layers"][0]
    assert len(layer["gradient_norm_by_step"]["h"]) == 20
    assert len(layer["gradient_by_distance"]) == 20
    assert set(layer["saturated"]) == {"i", "f", "g", "o"}
    assert "unused.weight" not in numbers["gradient_norm_by_parameter"]
    assert numbers["gradient_norm"] == pytest.approx(
        sum(norm**2 for norm in numbers["gradient_norm_by_parameter"].values()) ** 0.5
    )


def test_figures_can_be_drawn(found, tmp_path):
    pictures = found.figures()
    assert list(pictures) == ["gradient-by-distance", "gradient-by-step", "gradient-by-parameter", "singular-values"]
    for name, picture in pictures.items():
        assert isinstance(picture, Picture)
        assert picture.sentence.endswith(".")
        figures.save(picture.chart, tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").read_text().startswith("<svg")


def test_the_figures_of_a_layer_whose_gradients_are_gone_can_be_drawn():
    layer = nn.RNN(3, 4)
    nn.init.zeros_(layer.weight_hh_l0)
    found = gradients(layer, torch.randn(10, 2, 3))
    assert found.word == "vanishing"
    for picture in found.figures().values():
        picture.chart.to_dict()
    json.dumps(found.numbers(), allow_nan=False)


def test_a_trained_task_and_its_run(tmp_path):
    torch.manual_seed(0)
    x = [torch.randn(12, 2).numpy() for _ in range(16)]
    data = (x, [float(s.sum()) for s in x])
    task = recurra.SequenceRegressor(hidden_size=8, epochs=1)
    task.fit(data, out=tmp_path / "run", progress=False)
    batch = next(iter(task.data_module(data).batches(0, 0, 0, 1)))
    found = gradients(tmp_path / "run", batch)
    assert found.loss_meaning is None
    assert found.layers[0].kind == "LSTM"
    assert found.numbers() == gradients(task, batch).numbers()


# --- bad input --------------------------------------------------------------------------------------------------------


def frozen(model):
    return model.requires_grad_(False)


def test_frozen_weights_are_refused():
    x = torch.randn(5, 2, 3)
    with pytest.raises(ValueError, match=r"expected weights that can be learnt, got .* \(frozen weights\?\)"):
        gradients(frozen(nn.LSTM(3, 4)), x)
    with pytest.raises(ValueError, match="frozen weights"):
        gradients(frozen(nn.LSTM(3, 4)), x, loss=lambda result: result[0].sum())
    half = nn.Sequential(frozen(recurra.nn.RNN(3, 4)))
    half.head = nn.Linear(4, 1)
    half.forward = lambda x: half.head(half[0](x)[0])
    with pytest.raises(ValueError, match="expected a gradient in its recurrent layers, got none"):
        gradients(half, x)


def test_models_without_recurrent_layers_are_refused():
    with pytest.raises(ValueError, match="expected recurrent layers, got none in Linear"):
        gradients(nn.Linear(3, 4), torch.randn(5, 3))
    model = nn.Sequential(nn.Linear(3, 4))
    model.spare = nn.LSTM(3, 4)
    model.forward = model[0].forward
    with pytest.raises(ValueError, match="got a forward pass that calls none"):
        gradients(model, torch.randn(5, 3))


def test_a_batch_that_does_not_fit_is_refused():
    with pytest.raises(DataError, match=r"batch: expected one that fits LSTM, got: .*"):
        gradients(nn.LSTM(3, 4), torch.randn(5, 2, 7))


def test_a_loss_that_is_no_scalar_is_refused():
    with pytest.raises(ValueError, match=r"loss: expected a scalar tensor, got shape \(5, 2, 4\)"):
        gradients(nn.LSTM(3, 4), torch.randn(5, 2, 3), loss=lambda result: result[0])
