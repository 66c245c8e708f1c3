"""The n likeliest ways to label a sentence are held to enumeration of all."""

import itertools

import pytest
import torch

from recurra.data.sentences import schemes
from recurra.nn import CRF
from recurra.tasks.tagging.label_paths import best_paths
from recurra.tasks.tagging.label_probabilities import Scores
from recurra.tasks.tagging.label_scheme import LabelColumn

SPANS = LabelColumn.learn([["B-X", "I-X", "B-X", "O"], ["B-Y", "B-Y"]])
PLAIN = LabelColumn.learn([["NOUN", "VERB", "X"]])


def some_scores(column, crf, seed):
    torch.manual_seed(seed)
    count = len(column.labels)
    layer = CRF(count, column.allowed()) if crf else torch.nn.Identity()
    return Scores(layer, 2 * torch.randn(2, 4, count), torch.tensor([4, 2]))


def ways(given, b):
    """All sequences of labels of a sentence, by number, with their log-probabilities, the likeliest first."""
    length, count = int(given.lengths[b]), given.scores.shape[-1]
    sequences = torch.tensor(list(itertools.product(range(count), repeat=length)))
    scores = given.scores[b : b + 1, :length].expand(len(sequences), -1, -1)
    if isinstance(given.crf, CRF):
        log_probs = given.crf(scores, sequences)
    else:
        log_probs = scores.log_softmax(-1).gather(2, sequences.unsqueeze(-1)).sum((1, 2))
    order = log_probs.argsort(descending=True)
    return sequences[order].tolist(), log_probs[order].tolist()


@pytest.mark.parametrize(("column", "crf"), [(SPANS, True), (PLAIN, True), (PLAIN, False)])
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_all_ways_are_found(column, crf, seed):
    given = some_scores(column, crf, seed)
    for b, paths in enumerate(best_paths(column, given, 5)):
        sequences, log_probs = ways(given, b)
        count = min(5, sum(log_prob > -1e9 for log_prob in log_probs))
        assert [path["log_probability"] for path in paths] == pytest.approx(log_probs[:count], abs=1e-4)
        for path, numbers in zip(paths, sequences, strict=False):
            labels = [column.labels[number] for number in numbers]
            assert path["labels"] == column.decode(labels)
            if column.spans:
                assert [tuple(span.values()) for span in path["spans"]] == schemes.spans(labels)


def test_fewer_ways_than_asked_for_are_all():
    given = some_scores(PLAIN, True, 1)._replace(scores=torch.randn(1, 1, 3), lengths=torch.tensor([1]))
    (paths,) = best_paths(PLAIN, given, 20)
    assert len(paths) == 3
    assert sum(torch.tensor([path["log_probability"] for path in paths]).exp()) == pytest.approx(1, abs=1e-5)


def test_without_a_crf_what_is_written_alike_is_one():
    given = some_scores(SPANS, False, 2)
    for paths in best_paths(SPANS, given, 20):
        assert len({tuple(path["labels"]) for path in paths}) == len(paths)
        log_probs = [path["log_probability"] for path in paths]
        assert log_probs == sorted(log_probs, reverse=True)
