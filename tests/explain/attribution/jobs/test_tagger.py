"""Which words decided a word's label."""

import numpy as np
import pytest
import torch

from recurra import DataError, Tagger
from recurra.explain import attribution

WORDS = ["Anna", "likes", "Paris", "now"]


def test_scores_are_those_of_the_labels_before_the_crf(tagger):
    made = attribution(tagger, WORDS)
    (sequence,) = made.sequences
    assert sequence.inputs == WORDS
    labels = next(iter(tagger.columns_.values())).labels
    (_, (output,)) = next(iter(tagger._run(tagger.network, [WORDS])))
    expected = [float(output.scores[0, t, labels.index(label)]) for t, label in enumerate(sequence.outputs)]
    assert sequence.scores.tolist() == pytest.approx(expected, abs=1e-5)
    assert made.largest_gap() < 1e-3


def test_what_a_word_says_of_itself_counts_most(tagger):
    (sequence,) = attribution(tagger, WORDS).sequences
    assert (np.abs(sequence.matrix).argmax(1) == np.arange(4)).sum() >= 3


def test_the_second_best_labels_are_found(tagger):
    (sequence,) = attribution(tagger, WORDS, paths=3).sequences
    (paths,) = sequence.label_paths
    assert paths.labels[0] == sequence.outputs
    assert len(paths.labels) == 3
    assert paths.margin > 0
    assert paths.differences


def test_without_a_crf_there_are_no_paths():
    sizes = {"word_embedding_size": 4, "character_embedding_size": 4, "affix_embedding_size": 2}
    task = Tagger(crf=False, hidden_size=4, threads=1, epochs=1, warmup_steps=0, **sizes)
    task.fit([["a", "b"]] * 4, [["X", "Y"]] * 4, progress=False)
    assert not attribution(task, ["a", "b"]).sequences[0].label_paths


def test_no_words_and_no_such_column_are_refused(tagger):
    with pytest.raises(DataError, match="expected words, got none"):
        attribution(tagger, [[]])
    with pytest.raises(DataError, match="target: expected one of the columns"):
        attribution(tagger, WORDS, target="pos")


def test_attributing_changes_no_label(tagger):
    before = tagger.describe([WORDS])
    attribution(tagger, WORDS)
    assert tagger.describe([WORDS]) == before
    assert not torch.is_inference_mode_enabled()
