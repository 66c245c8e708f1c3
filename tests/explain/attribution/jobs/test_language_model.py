"""Which earlier symbols a language model's next one depends on."""

import pytest
import torch

from recurra import DataError
from recurra.explain import attribution
from recurra.explain.attribution.jobs.language_model import LONGEST

TEXT = "to be or"


def test_connectivity_is_the_norm_of_the_gradient_of_a_logit_by_each_vector(language_model):
    """One backward pass for each symbol that is written, by hand."""
    made = attribution(language_model, TEXT).sequences[0]
    network = language_model.network
    symbols = language_model.encode(TEXT)[0]
    vectors = network.embedding(symbols).detach().requires_grad_()
    h, _ = network.recurrent[0](vectors.unsqueeze(1))  # (S, 1, H)
    logits = network.projection(h)[:, 0] @ network.output_weight.T + network.bias  # (S, V)
    for step in range(len(symbols) - 1):
        (slope,) = torch.autograd.grad(logits[step, symbols[step + 1]], vectors, retain_graph=True)
        torch.testing.assert_close(torch.tensor(made.matrix[step]).float(), slope.norm(dim=-1), rtol=1e-4, atol=1e-6)
    assert made.matrix.shape == (8, 8)
    assert not made.matrix[2, 3:].any()  # nothing depends on what comes later


def test_what_is_read_and_written_is_named(language_model):
    sequence = attribution(language_model, TEXT).sequences[0]
    assert sequence.inputs == list(TEXT)
    assert sequence.outputs[:-1] == list(TEXT[1:])
    logits = language_model.network(language_model.encode(TEXT))[0][0, -1]
    assert sequence.outputs[-1] == language_model.tokenizer.symbols[int(logits.argmax())]
    assert sequence.scores[-1] == pytest.approx(float(logits.detach().max()), abs=1e-5)


def test_integrated_gradients_are_complete(language_model):
    made = attribution(language_model, TEXT, method="integrated-gradients")
    assert made.largest_gap() < 1e-4


def test_a_text_that_is_too_long_or_unknown_is_refused(language_model):
    with pytest.raises(DataError, match="text: expected at most 1,000 symbols, got 1,001"):
        attribution(language_model, "t" * (LONGEST + 1))
    with pytest.raises(DataError, match="expected characters that the model knows, got 'ß'"):
        attribution(language_model, "ß")
