import json

import pytest
import torch
from torch import nn

import recurra
from recurra.explain.gradients import CuredExplanation, gradients


class Recall(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.RNN(2, 16)
        self.head = nn.Linear(16, 1)
        nn.init.orthogonal_(self.layer.weight_hh_l0, gain=0.3)

    def forward(self, x):
        return self.head(self.layer(x)[0][-1]).squeeze(-1)


@pytest.fixture(scope="module")
def found():
    torch.manual_seed(0)
    x = torch.randn(12, 16, 2)
    return gradients(Recall(), (x, x[0, :, 0]), nn.functional.mse_loss, cure=["orthogonal", "gru"], steps=40)


def test_the_summary_names_the_best_and_shows_a_table(found):
    assert isinstance(found, CuredExplanation)
    lines = str(found).splitlines()
    assert lines[0].startswith("Gradients: vanishing.")
    assert lines[1] == "Tried for 40 steps: best is to start from orthogonal recurrent weights."
    assert lines[2].split() == ["loss", "half-life", "in", "steps", "gradient", "norm", "verdict"]
    assert [line.split()[0] for line in lines[3:6]] == ["as", "start", "a"]
    assert "vanishing ->" in lines[3]


def test_numbers_are_json(found):
    numbers = json.loads(json.dumps(found.numbers(), allow_nan=False))
    assert numbers["best_cure"] == "orthogonal"
    assert [cure["cure"] for cure in numbers["cures"]] == [None, "orthogonal", "gru"]
    assert len(numbers["cures"][0]["losses"]) == 40
    assert numbers["cures"][1]["before"]["half_life"] > numbers["cures"][0]["before"]["half_life"]


def test_figures_can_be_drawn(found):
    pictures = found.figures()
    assert list(pictures)[-2:] == ["loss-by-cure", "gradient-by-cure"]
    for picture in pictures.values():
        picture.chart.to_dict()


def test_a_cure_is_better_only_where_the_loss_is_smaller():
    torch.manual_seed(0)
    x = torch.randn(12, 16, 2)
    found = gradients(Recall(), (x, torch.zeros(16)), lambda y, _: 0 * y.sum(), cure=["orthogonal"], steps=3)
    assert found.best is None
    assert "none of the cures is better than the model as it is" in str(found)


def test_a_healthy_model_needs_no_cure():
    layer = nn.RNN(2, 16)
    nn.init.orthogonal_(layer.weight_hh_l0)
    found = gradients(layer, 0.1 * torch.randn(12, 4, 2), lambda result: result[0].sum(), cure=True)
    assert not isinstance(found, CuredExplanation)


def test_a_task_with_its_data(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the quick brown fox jumps over the lazy dog. " * 200)
    task = recurra.LanguageModel(hidden_size=16, epochs=1, batch_size=8, cell="rnn")
    task.fit(text, progress=False)
    found = gradients(task, text, cure=["lstm", "shorter", "clipping"], steps=3)
    assert [trial.cure for trial in found.trials] == [None, "lstm", "shorter", "clipping"]
    assert found.trials[1].before.layers[0].kind == "LSTM"


def test_what_is_missing_or_unknown_is_refused():
    x = torch.randn(12, 4, 2)
    with pytest.raises(ValueError, match="cure: expected a loss to learn by, got none"):
        gradients(Recall(), x, cure=["gru"])
    with pytest.raises(ValueError, match=r"cure: expected names among clipping, .*, got 'tea'"):
        gradients(Recall(), x, lambda y: y.sum(), cure=["tea"])
