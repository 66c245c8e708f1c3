"""What every explanation gives."""

import json

import numpy as np
import torch

from recurra.explain.explanation import Explanation, json_ready


class Measured(Explanation):
    title = "A measurement"

    @property
    def verdict(self):
        return "healthy"

    def lines(self):
        return ["half-life 12 steps"]


def test_the_first_line_of_the_summary_is_the_verdict():
    assert str(Measured()) == "healthy\nhalf-life 12 steps"


def test_numbers_of_every_kind_become_json():
    values = {
        "array": np.asarray([[1.0, np.nan]]),
        "tensor": torch.tensor([2, 3]),
        "number": np.float32(0.5),
        "count": np.int64(7),
        "list": (float("inf"), "text", None, True),
        1: {"deep": -float("inf")},
    }
    expected = {
        "array": [[1.0, None]],
        "tensor": [2, 3],
        "number": 0.5,
        "count": 7,
        "list": [None, "text", None, True],
        "1": {"deep": None},
    }
    assert json.loads(json.dumps(json_ready(values), allow_nan=False)) == expected
