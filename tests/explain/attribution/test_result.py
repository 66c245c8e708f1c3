"""What attributions come to, in words, numbers and pictures."""

import json

import numpy as np
import pytest

from recurra import figures
from recurra.explain.attribution.label_paths import LabelPaths
from recurra.explain.attribution.result import Attribution, SequenceAttribution

EVIL = "<script>alert(1)</script>"


def made(matrix, **more):
    matrix = np.asarray(matrix, float)
    names = [f"in {i}" for i in range(matrix.shape[1])]
    outputs = [f"out {i}" for i in range(len(matrix))]
    return SequenceAttribution(names, outputs, matrix, np.zeros(len(matrix)), **more)


def test_how_few_steps_hold_half():
    assert made([[5, 1, 1, 1], [1, -1, 1, 1], [0, 0, 0, 0]]).steps_of_half.tolist() == [1, 2, 0]


def test_a_verdict_names_what_decided():
    verdict = Attribution("erasure", [made([[0.1, -3, 1]])]).verdict
    assert verdict == "Half of what decided 'out 0' lies in 1 of 3 steps, most of it in 'in 1'."


def test_a_verdict_on_several_outputs_is_their_median():
    verdict = Attribution("erasure", [made(np.eye(3))]).verdict
    assert verdict == "Half of what decides an output lies in 1 of 3 steps (median over 3 outputs)."


def test_how_far_back_a_language_model_looks():
    matrix = [[1, 0, 0], [3, 1, 0], [0, 3, 1]]
    made_of = Attribution("connectivity", [made(matrix)], is_causal=True)
    assert made_of.reach() == 2
    assert "within the last 2 symbols" in made_of.verdict


def test_the_convergence_error_is_said():
    one = Attribution("integrated-gradients", [made([[1, 2]], gaps=np.array([-0.25]))])
    assert one.lines()[-1] == "By integrated gradients; the sums miss the change of the score by 0.25 at most."
    assert one.numbers()["convergence_error"] == 0.25


def test_the_second_best_labels_are_said():
    paths = LabelPaths("ner", ["Anna", "ran"], [["PER", "O"], ["LOC", "O"]], [-0.1, -2.35])
    one = Attribution("erasure", [made(np.eye(2), label_paths=[paths])])
    assert "Second-best labels ('ner'), 2.25 nats behind: 'Anna' 'LOC' for 'PER'" in one.lines()
    assert one.numbers()["sequences"][0]["label_paths"][0]["differences"] == [0]


def test_numbers_that_are_not_finite_are_none():
    numbers = Attribution("erasure", [made([[np.nan, 1]])]).numbers()
    assert numbers["sequences"][0]["matrix"] == [[None, 1.0]]


def test_numbers_have_the_digits_that_count():
    numbers = Attribution("erasure", [made([[1 / 3, -1e-9 / 3, 0.0]])]).numbers()
    assert numbers["sequences"][0]["matrix"][0] == pytest.approx([0.333333, -3.33333e-10, 0], rel=1e-9)


@pytest.mark.parametrize("matrix", [[[1.0, -2.0]], np.eye(2)])
def test_text_is_shown_as_text(tmp_path, matrix):
    matrix = np.asarray(matrix)
    paths = LabelPaths(EVIL, [EVIL, "b"], [[EVIL, "O"], ["X", EVIL]], [-0.1, -0.2])
    sequence = SequenceAttribution(
        [EVIL, "b"], [EVIL] * len(matrix), matrix, np.zeros(len(matrix)), label_paths=[paths], attention=np.abs(matrix)
    )
    explained = Attribution("erasure", [sequence], is_causal=len(matrix) > 1)
    for name, picture in explained.figures().items():
        for ending in ("html", "svg"):
            file = tmp_path / f"{name}.{ending}"
            figures.save(picture.chart, file)
            assert EVIL not in file.read_text(encoding="utf-8")
    assert json.dumps(explained.numbers())


def test_several_sequences_have_pictures_of_their_own():
    drawn = Attribution("erasure", [made([[1, 2]])] * 5).figures()
    assert list(drawn) == ["attribution_1", "attribution_2", "attribution_3"]
