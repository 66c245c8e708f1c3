"""Probabilities of labels and spans are held to enumeration of all ways to label a sentence."""

import itertools

import pytest
import torch

from recurra.data.sentences import schemes
from recurra.data.sentences.notation import Notation
from recurra.nn import CRF
from recurra.tasks.tagging import label_probabilities
from recurra.tasks.tagging.label_probabilities import Scores
from recurra.tasks.tagging.label_scheme import LabelColumn

SPANS = [["B-X", "I-X", "I-X", "B-X", "O"], ["B-Y", "B-Y"]]


def a_column(scheme):
    if scheme == "plain":
        return LabelColumn.learn([["NOUN", "VERB", "X"]])
    return LabelColumn.learn([Notation(scheme).write(labels) for labels in SPANS])


def some_scores(column, seed, crf=True, lengths=(4, 3)):
    torch.manual_seed(seed)
    count = len(column.labels)
    layer = CRF(count, column.allowed()) if crf else torch.nn.Identity()
    if crf:
        for weight in layer.parameters():
            torch.nn.init.normal_(weight)
    return Scores(layer, 2 * torch.randn(len(lengths), max(lengths), count), torch.tensor(lengths))


def ways(given, b):
    """All sequences of labels of a sentence, by number, with their probabilities."""
    length, count = int(given.lengths[b]), given.scores.shape[-1]
    sequences = list(itertools.product(range(count), repeat=length))
    scores = given.scores[b : b + 1, :length].expand(len(sequences), -1, -1)
    if isinstance(given.crf, CRF):
        return zip(sequences, given.crf(scores, torch.tensor(sequences)).exp().tolist(), strict=True)
    chances = scores.softmax(-1).gather(2, torch.tensor(sequences).unsqueeze(-1)).squeeze(-1).prod(-1)
    return zip(sequences, chances.tolist(), strict=True)


@pytest.mark.parametrize("scheme", schemes.SCHEMES)
@pytest.mark.parametrize("seed", range(4))
def test_a_label_has_the_sum_over_all_that_is_written_so(scheme, seed):
    column = a_column(scheme)
    given = some_scores(column, seed)
    found = label_probabilities.describe(column, given)
    for b, described in enumerate(found):
        expected = [0.0] * len(described["labels"])
        for numbers, chance in ways(given, b) if described["labels"] else ():
            written = column.decode([column.labels[number] for number in numbers])
            for t, label in enumerate(written):
                expected[t] += chance * (label == described["labels"][t])
        assert described["probabilities"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("scheme", schemes.SCHEMES)
@pytest.mark.parametrize("seed", range(2))
def test_each_label_of_a_word_has_the_sum_over_all_that_is_written_so(scheme, seed):
    column = a_column(scheme)
    given = some_scores(column, seed)
    for b, described in enumerate(label_probabilities.describe(column, given, top_labels=100)):
        expected = [{} for _ in described["labels"]]
        for numbers, chance in ways(given, b):
            for t, label in enumerate(column.decode([column.labels[number] for number in numbers])):
                expected[t][label] = expected[t].get(label, 0.0) + chance
        assert len(described["top_labels"]) == len(expected)
        for t, of_word in enumerate(described["top_labels"]):
            found = {each["label"]: each["probability"] for each in of_word}
            assert {label: found.get(label, 0.0) for label in expected[t]} == pytest.approx(expected[t], abs=1e-5)
            assert sum(found.values()) == pytest.approx(1, abs=1e-5)
            assert list(found.values()) == sorted(found.values(), reverse=True)
            assert found[described["labels"][t]] == pytest.approx(described["probabilities"][t], abs=1e-6)
        (short, _) = label_probabilities.describe(column, given, top_labels=2)
        assert short["top_labels"][0] == label_probabilities.describe(column, given, 100)[0]["top_labels"][0][:2]


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BMES"])
@pytest.mark.parametrize("crf", [True, False])
def test_a_span_has_the_sum_over_all_that_stands_around_it(scheme, crf):
    column = a_column(scheme)
    found_spans = 0
    for seed in range(4):
        given = some_scores(column, seed, crf)
        numbers = label_probabilities.decode(given)
        found = label_probabilities.describe(column, given)
        for b, described in enumerate(found):
            for span in described["spans"]:
                part = slice(span["start"], span["end"])
                expected = sum(chance for way, chance in ways(given, b) if list(way[part]) == numbers[b][part])
                assert span["probability"] == pytest.approx(expected, abs=1e-5)
                found_spans += 1
    assert found_spans > 8


def test_where_words_are_labelled_alone_labels_that_look_alike_are_added():
    column = a_column("IOB2")
    given = some_scores(column, 1, crf=False)
    alone = given.scores.softmax(-1)
    (described, _) = label_probabilities.describe(column, given)
    letters = {"B": "BS", "I": "IE", "O": "O"}
    for t, label in enumerate(described["labels"]):
        alike = [n for n, inner in enumerate(column.labels) if inner[0] in letters[label[0]] and inner[2:] == label[2:]]
        assert described["probabilities"][t] == pytest.approx(float(alone[0, t, alike].sum()), abs=1e-6)


def test_probabilities_keep_their_digits_in_long_sentences():
    column = LabelColumn.learn(SPANS)
    given = some_scores(column, 1, lengths=(6,))
    short = label_probabilities.describe(column, given)[0]
    outside = torch.full((1, 3000, len(column.labels)), -1e4)
    outside[..., column.labels.index("O")] = 3.3  # so that what follows is cut off from what came before
    long = Scores(given.crf, torch.cat([given.scores, outside, given.scores], 1), torch.tensor([3012]))
    free = Scores(given.crf, torch.cat([given.scores, outside[:, :1]], 1), torch.tensor([7]))
    expected = label_probabilities.describe(column, free)[0]
    described = label_probabilities.describe(column, long)[0]
    assert described["probabilities"][:6] == pytest.approx(expected["probabilities"][:6], abs=2e-6)
    spans = [span for span in described["spans"] if span["end"] <= 6]
    assert len(spans) == len(expected["spans"])
    for span, other in zip(spans, expected["spans"], strict=True):
        assert span["probability"] == pytest.approx(other["probability"], abs=1e-6)
    assert short["labels"]
