"""How far back a translator looks on what it has written."""

import pytest

from recurra import Translator
from recurra.explain import memory

WORDS = [("ein", "a"), ("der", "the")]
PAIRS = [(f"{source} hund {i % 4}", f"{target} dog {i % 4}") for i in range(20) for source, target in WORDS]


def test_the_full_loss_is_that_of_an_evaluation(translator):
    made = memory(translator, PAIRS)
    sources, targets = zip(*PAIRS, strict=True)
    assert made.curve.full == pytest.approx(translator.evaluate(sources, targets)["nats_per_token"], rel=1e-3)
    assert made.curve.losses[0] > made.curve.full
    assert made.curve.steps[-1] == 4  # three words and the end


def test_a_decoder_that_is_fed_step_by_step():
    settings = {"hidden_size": 8, "threads": 1, "warmup_steps": 0, "embedding_size": 8, "tokenizer": "word"}
    task = Translator(**settings, epochs=1, input_feeding=True).fit(PAIRS, progress=False)
    made = memory(task, PAIRS)
    assert made.probe.scores[0] > made.probe.chance[0]
