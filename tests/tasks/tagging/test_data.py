import numpy as np
import torch

from recurra import Tagger
from recurra.data.sentences.lexicon import Lexicon
from recurra.tasks.tagging import encoding
from recurra.tasks.tagging.data import TaggerDataModule

WORDS = [["Ann", "sings"], ["Bob", "Bob", "Bob"], ["Ann"]]


def _encoded():
    encoded = encoding.encode_words(WORDS, Lexicon.learn(WORDS))
    encoded.labels = [np.zeros((len(words), 1), np.int64) for words in WORDS]
    return encoded


def test_a_batch_has_only_the_forms_that_stand_in_it():
    inputs, lengths = _encoded().inputs([1, 2])
    assert len(inputs.words) == 2  # Bob and Ann, each once
    assert lengths.tolist() == [3, 1]
    assert inputs.tokens.shape == (2, 3)
    assert torch.equal(inputs.words[inputs.tokens][0], inputs.words[inputs.tokens][0, :1].expand(3))
    assert inputs.characters.shape[1] == inputs.char_lengths.max() == 3
    assert inputs.context is None


def test_states_of_a_language_model_stand_at_their_words():
    encoded = _encoded()
    encoded.states = [np.full((len(words), 2), row, np.float32) for row, words in enumerate(WORDS)]
    inputs, _ = encoded.inputs([1, 2])
    assert inputs.context.shape == (2, 3, 2)
    assert inputs.context[:, 0, 0].tolist() == [1.0, 2.0]
    assert inputs.context[1, 1:].abs().sum() == 0  # padding


def test_an_epoch_gives_every_sentence_once():
    module = TaggerDataModule(Tagger(batch_size=2).config, _encoded())
    lengths = torch.cat([batch.lengths for batch in module.batches(0, 0, 0, 1)])
    assert sorted(lengths.tolist()) == [1, 2, 3]
    assert [batch is None for batch in module.batches(0, 0, 1, 2)] == [False, True]
