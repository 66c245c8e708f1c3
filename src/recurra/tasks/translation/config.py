"""Settings of a translator."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

from recurra.settings.bounds import (
    Count,
    Epochs,
    Fraction,
    Layers,
    Positive,
    Probability,
    Size,
    SizeOrZero,
    VocabularySize,
)
from recurra.settings.check import require
from recurra.settings.network import RecurrentConfig, SymbolConfig

BEAM_MOST = 10_000  # hypotheses


@dataclass(kw_only=True)
class TranslatorConfig(SymbolConfig, RecurrentConfig):
    """Settings of a translator."""

    source: str = "source"
    """Language translated from: the ending of its files' names, or its key in JSON lines."""
    target: str = "target"
    """Language translated into."""
    reverse: bool = False
    """Whether pairs are written target first: the second of two files, or of two columns, is then the source."""
    epochs: Epochs = 20
    batch_size: Count = 256
    """Pairs learnt from at once at most, over all processes."""
    batch_tokens: Count = 900
    """Symbols of the longer side learnt from at once at most, with what pads them."""
    learning_rate: Positive = 2e-3
    """Size of the steps, at their largest."""
    average_decay: Fraction = 0.998
    """If not 0, what is evaluated and kept is a running average of the weights with this decay a step."""
    cell: str = "gru"
    hidden_size: Size = 320
    """Units of each recurrent layer; the encoder has half of them in each direction."""
    num_layers: Layers = 1
    """Recurrent layers of the encoder, and of the decoder."""
    residual: bool = False
    """Add each layer's input to its output, from the second layer on."""
    embedding_size: SizeOrZero = 192
    tie_embeddings: bool = True
    """Whether the softmax uses the target's vectors as its weights; with joint symbols the source's too."""
    attention: Literal["general", "dot", "additive", "none"] = "general"
    """How the decoder looks at the source; none leaves it only the encoder's last state."""
    input_feeding: bool = False
    """Whether the decoder also reads what it looked up at the last step (Luong et al., 2015): slower, step by step."""
    conditional_decoder: bool = True
    """Whether one more recurrent layer of the decoder reads what attention finds, so that what follows depends on it as
    with input feeding, but for all steps at once (Firat and Cho, 2016, without the way back to the first layer);
    without attention there is none."""
    tokenizer: Literal["char", "word", "bpe"] = "bpe"
    vocabulary_size: VocabularySize = 0
    """Symbols at most, of each tokenizer; 0 means 6,000 byte pairs, 10,000 words, or all characters."""
    share_vocabulary: bool = True
    """Whether source and target share symbols and vectors."""
    lowercase: bool = False
    """Whether all is learnt and written in small letters."""
    dropout: Fraction = 0.25
    """Dropped features of vectors, of recurrent outputs and of what the softmax reads."""
    variational_dropout: bool = True
    """Whether the same are dropped at all steps of a sentence."""
    token_dropout: Fraction = 0.1
    """Share of the symbols that are read as nothing while learning."""
    label_smoothing: Fraction = 0.1
    """Share of the probability that is meant for all symbols alike."""
    scheduled_sampling: Probability = 0.0
    """Share of the target's symbols that are replaced, at the end of the training, by what the network itself would
    have written there (Bengio et al., 2015; in two passes, Mihaylova and Martins, 2019); it grows from 0."""
    max_length: Count = 200
    """Symbols of a side; longer pairs are not learnt from, longer translations are cut."""
    max_ratio: Annotated[float, Interval(gt=1, le=1_000_000)] = 9.0
    """Pairs of which one side has so many times the symbols of the other are not learnt from."""
    beam_size: Annotated[int, Interval(ge=1, le=BEAM_MOST)] = 5
    """Hypotheses when translating; 1 takes the likeliest symbol always."""
    length_penalty: Annotated[float, Interval(ge=0, le=10)] = 0.5
    """A translation of L symbols ranks by log p / L ** length_penalty."""
    bleu_tokens: Literal["13a", "none", "intl", "zh", "char"] = "13a"
    """How sacreBLEU cuts texts for BLEU; none is for texts that are cut into words already."""
    valid_fraction: Fraction = 0.05
    """Share of the pairs held out to choose the best weights by, when no validation data is given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "hidden_size", self.hidden_size % 2 == 0, "an even number above 0")
