"""Calibration as a description."""

import numpy as np
import pytest

from recurra import figures


def test_calibration_is_the_share_of_right_answers_in_each_bin(values_of):
    confidence, correct = np.asarray([0.95, 0.96, 0.5, 1.0]), np.asarray([True, False, True, True])
    figure = figures.calibration(confidence, correct, bins=2)
    assert figure.layer[2].to_dict()["data"]["values"] == [
        {"confidence": 0.5, "correct": 1.0, "answers": 1},
        {"confidence": pytest.approx(0.97), "correct": pytest.approx(2 / 3), "answers": 3},
    ]
