"""How far back a language model looks."""

import pytest
import torch
from torch.nn import functional as F

from recurra import LanguageModel
from recurra.explain import memory


@pytest.fixture(scope="module")
def pairs_of_letters(tmp_path_factory):
    """A text in which the letter after x, y or z depends on nothing but the two before it."""
    generator = torch.Generator().manual_seed(0)
    letters = ["a", "b"]
    text = "".join(letters[i] + "xy" + letters[i] for i in torch.randint(2, (3000,), generator=generator).tolist())
    file = tmp_path_factory.mktemp("letters") / "letters.txt"
    file.write_text(text)
    settings = {"hidden_size": 24, "num_layers": 1, "threads": 1, "warmup_steps": 0, "learning_rate": 0.02}
    task = LanguageModel(**settings, sequence_length=32, batch_size=16, epochs=4, dropout=0.0, input_dropout=0.0)
    return task.fit(file, progress=False), file


def test_a_model_that_needs_three_symbols_uses_three(pairs_of_letters):
    made = memory(*pairs_of_letters)
    assert made.length in (3, 4)  # which of the two letters it is may be told by the one before
    losses = dict(zip(made.curve.steps, made.curve.losses, strict=True))
    assert losses[1] > losses[2] > made.curve.full + 0.05
    assert made.unit == "nats a token"


def test_losses_are_those_of_the_network_on_the_last_symbols(language_model, text_file):
    """By hand: the state begun anew, the last 2 symbols read."""
    made = memory(language_model, text_file, answers=10**6)
    numbers = torch.from_numpy(language_model.tokenizer.encode(text_file.read_text()))
    network = language_model.network
    streams = max(1, min(16, (len(numbers) - 1) // 1024))
    length = (len(numbers) - 1) // streams
    nats = []
    with torch.no_grad():
        for place in range(streams * length):
            first = max(place // length * length, place - 1)  # of its stream, or of the last two symbols
            logits = network(numbers[first : place + 1].unsqueeze(0))[0][0, -1]
            nats.append(float(F.cross_entropy(logits, numbers[place + 1])))
    assert dict(zip(made.curve.steps, made.curve.losses, strict=True))[2] == pytest.approx(
        sum(nats) / len(nats), rel=1e-4
    )


def test_a_model_of_two_directions_is_measured_forward(text_file):
    settings = {"hidden_size": 8, "num_layers": 1, "threads": 1, "warmup_steps": 0, "bidirectional": True}
    task = LanguageModel(**settings, sequence_length=16, batch_size=4, epochs=1).fit(text_file, progress=False)
    assert memory(task, text_file).curve.full > 0
