"""The likeliest sequences of labels, held to all of them listed."""

from itertools import product

import pytest
import torch

from recurra.explain.attribution.label_paths import label_paths
from recurra.nn import CRF

NAMES = ["A", "B", "C"]
WORDS = ["x", "y", "z"]


def test_paths_are_the_best_of_all():
    torch.manual_seed(0)
    crf, emissions = CRF(3), torch.randn(3, 3)
    every = list(product(range(3), repeat=3))
    log_probs = crf(emissions.expand(27, -1, -1), torch.tensor(every)).detach()
    best = log_probs.topk(4)
    paths = label_paths(crf, emissions, WORDS, NAMES, count=4)
    assert paths.log_probs == pytest.approx(best.values.tolist(), abs=1e-5)
    assert paths.labels == [[NAMES[number] for number in every[i]] for i in best.indices.tolist()]
    assert paths.margin == pytest.approx(float(best.values[0] - best.values[1]), abs=1e-5)
    assert paths.differences == [t for t in range(3) if paths.labels[0][t] != paths.labels[1][t]]


def test_where_one_sequence_is_allowed_there_is_no_second():
    only = torch.tensor([True, False, False])
    follow = torch.zeros(3, 3, dtype=torch.bool)
    follow[0, 0] = True
    paths = label_paths(CRF(3, (only, follow, only)), torch.zeros(3, 3), WORDS, NAMES)
    assert paths.labels == [["A", "A", "A"]]
    assert paths.differences == []
    assert paths.margin == float("inf")
