import numpy as np
import pytest

from recurra.tasks.text_gan.config import TextGANConfig
from recurra.tasks.text_gan.curves import Judge
from recurra.tasks.text_gan.data import EncodedLines
from recurra.tasks.text_gan.network import TextGANNetwork
from recurra.tasks.text_gan.symbols import LineSymbols


def test_lines_are_measured_without_their_ends():
    symbols = LineSymbols(None, (), 3)
    learnt = EncodedLines([np.asarray([1, 2, 3])] * 4, np.full(4, 5000), None)
    judge = Judge(learnt, learnt, symbols, None)
    scores = judge.scores(EncodedLines([np.asarray([1, 2, 3]), np.asarray([1, 2, 4])], np.full(2, 5000), None))
    assert scores["copied_whole"] == 0.5
    assert scores["copied_2"] == pytest.approx(3 / 4)
    assert scores["distinct_2"] == pytest.approx(3 / 4)


def test_real_lines_are_not_compared_with_themselves():
    symbols = LineSymbols(None, (), 3)
    learnt = EncodedLines([np.asarray([1, 2, 3])] * 4, np.full(4, 5000), None)
    held_out = EncodedLines([np.asarray([5, 6, 7])] * 4, np.full(4, 5000), None)
    real = Judge(learnt, held_out, symbols, None).real()
    assert real["bleu_2"] < 0.1
    assert real["self_bleu_2"] == 1.0
    assert real["copied_whole"] == 0.0


def test_a_point_has_a_quality_for_each_seed():
    network = TextGANNetwork(5000, 1, None, TextGANConfig(hidden_size=2, discriminator_size=2)).eval()
    symbols = LineSymbols(None, (), 3)
    lines = EncodedLines([np.asarray([1, 2, 3])] * 4, np.full(4, 5000), None)
    point = Judge(lines, lines, symbols, None).point(network.line_model(3), 0.5, [1, 2])
    assert len(point.quality) == 2
    assert point.quality == pytest.approx([1 - value for value in point.scores["bleu_5"]])
