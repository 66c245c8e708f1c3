"""What the network scores, and that its loss is the plain loss of that."""

import pytest
import torch
from torch.nn import functional as F

from recurra import Tagger
from recurra.data.sentences.sentences import sentences_of
from recurra.kernels import crf_reference
from recurra.tasks.tagging import encoding
from recurra.tasks.tagging.network import TaggerBatch

WORDS = [["Ann", "Lee", "sings"], ["Bob", "runs"], ["it", "is", "in", "Rome"]]
LABELS = {
    "pos": [["N", "N", "V"], ["N", "V"], ["P", "V", "A", "N"]],
    "entity": [["B-PER", "I-PER", "O"], ["B-PER", "O"], ["O", "O", "O", "B-LOC"]],
}


@pytest.fixture(params=["crf", "words alone", "convolution"], scope="module")
def tagger(request):
    settings = {"words alone": {"crf": False, "char_encoder": "none"}, "convolution": {"char_encoder": "cnn"}}
    small = {"hidden_size": 6, "epochs": 1, "threads": 1, "valid_fraction": 0.0} | settings.get(request.param, {})
    return Tagger(**small).fit(WORDS, LABELS, progress=False)


def _batch(tagger: Tagger) -> TaggerBatch:
    encoded = encoding.encode(sentences_of(WORDS, LABELS), tagger.lexicon_, tagger.columns_)
    inputs, lengths = encoded.inputs(range(len(WORDS)))
    labels = torch.zeros(*inputs.tokens.shape, len(LABELS), dtype=torch.int64)
    for row, numbers in enumerate(encoded.labels):
        labels[row, : len(numbers)] = torch.from_numpy(numbers)
    return TaggerBatch(inputs, lengths, labels)


def test_the_loss_is_the_plain_loss_of_what_is_scored(tagger):
    network, batch = tagger.network, _batch(tagger)
    emissions, _ = network(batch.inputs, batch.lengths)
    total = torch.zeros(())
    for column, (scores, crf) in enumerate(zip(emissions, network.crfs, strict=True)):
        for row, length in enumerate(batch.lengths.tolist()):
            labels = batch.labels[row, :length, column]
            if tagger.config.crf:
                total = total - _log_probability(crf, scores[row, :length], labels)
            else:
                total = total + F.cross_entropy(scores[row, :length], labels, reduction="sum")
    loss, state = network.loss(batch)
    torch.testing.assert_close(loss, total / batch.size)
    assert state is None
    assert batch.size == network.loss_weight(batch) == 9


def _log_probability(crf, scores, labels):
    """Of the labels of one sentence, by the slow and obvious way."""
    lengths = torch.tensor([len(labels)])
    (found,) = crf_reference.log_likelihood(scores.unsqueeze(0), *crf._weights(), lengths, labels.unsqueeze(0))
    return found


def test_without_padding_no_lengths_are_needed(tagger):
    network, batch = tagger.network, _batch(tagger)
    encoded = encoding.encode_words(WORDS[:1], tagger.lexicon_)
    inputs, _ = encoded.inputs([0])
    alone, _ = network(inputs)
    together, _ = network(batch.inputs, batch.lengths)
    for one, scores in zip(alone, together, strict=True):
        torch.testing.assert_close(one[0], scores[0, :3])
