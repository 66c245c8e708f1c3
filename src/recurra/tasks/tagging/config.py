"""Settings of a tagger."""

from dataclasses import dataclass
from typing import Literal

from recurra.data.sentences.comments import check_pattern
from recurra.settings.bounds import Count, Epochs, Fraction, NotNegative, Positive, Size, SizeOrZero
from recurra.settings.check import require
from recurra.settings.network import RecurrentConfig


@dataclass(kw_only=True)
class TaggerConfig(RecurrentConfig):
    """Settings of a tagger."""

    epochs: Epochs = 20
    batch_size: Count = 32
    """Sentences learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    hidden_size: Size = 200
    crf: bool = True
    """Whether the labels of a sentence are judged as a whole; else each word's for itself."""
    word_embedding_size: SizeOrZero = 100
    """Size of the words' vectors; 0 reads no words."""
    vectors: str = ""
    """Text file of words' vectors (word2vec, GloVe, fastText) to start from; they set word_embedding_size."""
    min_count: Count = 1
    """Times that a word must come in training to have a vector."""
    lowercase: bool = True
    """Whether words are looked up in small letters; characters see capitals in any case."""
    char_encoder: Literal["lstm", "cnn", "none"] = "lstm"
    """What reads the characters of a word."""
    character_embedding_size: Size = 50
    """Size of what is made of a word's characters, and of the vectors of these."""
    capital_embedding_size: SizeOrZero = 8
    """Size of the vectors of the kinds of capitals; 0 for none."""
    affix_embedding_size: SizeOrZero = 20
    """Size of the vector of each beginning and end, of two and three letters; 0 for none."""
    language_model: str = ""
    """Run folder of a character language model, best of both directions, whose states at each word are read too."""
    context_size: Size = 200
    """Size of the vector that is made of these states."""
    dropout: Fraction = 0.5
    """Dropped inputs and outputs of the recurrent layers."""
    variational_dropout: bool = True
    """Whether the same inputs and outputs are dropped at all words of a sentence."""
    token_dropout: Fraction = 0.05
    """Share of words whose vector is taken for that of an unknown word while learning."""
    lm_loss_weight: NotNegative = 0.0
    """Weight of a second objective, to foretell each word's neighbours (Rei, 2017); for one recurrent layer."""
    valid_fraction: Fraction = 0.1
    """Share of the sentences held out to choose the best weights by, when no validation data is given."""
    columns: str = ""
    """Columns of the labels in files with columns, by number or as pos=2,chunk=3 (word=2 names that of the words), and
    fields of CoNLL-U, such as upos or misc.name; where empty, the last column or upos."""
    comments: str = ""
    """What comments begin with in files with columns, a regular expression; where empty, # where what follows it is no
    word."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_pattern(self.comments)
        blind = not self.lm_loss_weight or self.num_layers == 1
        require(self, "lm_loss_weight", blind, "0 with several layers, of which the second has seen both neighbours")
        sizes = self.word_embedding_size + self.affix_embedding_size + self.capital_embedding_size
        reads = sizes > 0 or self.char_encoder != "none" or self.language_model != ""
        require(self, "word_embedding_size", reads, "something to read of a word")
