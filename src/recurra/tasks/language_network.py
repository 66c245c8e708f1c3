"""The network that predicts the next symbol of a text: settings, network and loss, and the lesson it learns from.

Source: Mikolov et al., 2010, "Recurrent neural network based language model"; two directions as in Peters et al., 2018.
The job over it is in `recurra.tasks.language_model`.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from recurra.data.corpus import Corpus
from recurra.data.streams import Streams
from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Dropout, Recurrent, VariationalDropout
from recurra.nn.cells import CELLS
from recurra.nn.generators import generator_for
from recurra.nn.symbols import read_symbols
from recurra.training.ranges import Count, Layers, Positive, Probability, Range, Share, Size, SizeOrZero, VocabularySize
from recurra.training.settings import TrainingConfig, require

WINDOW = 256  # symbols; the length at which published transformers are scored


@dataclass(kw_only=True)
class LanguageModelConfig(TrainingConfig):
    """Settings of a language model."""

    batch_size: Count = 32
    """Streams of text learnt from at once, over all processes."""
    learning_rate: Positive = 3e-3
    """Size of the steps, at their largest."""
    cell: str = "lstm"
    """Recurrent cell: rnn (tanh), relu (rnn with a rectifier), lstm or gru."""
    hidden_size: Size = 512
    """Units of each recurrent layer."""
    num_layers: Layers = 2
    """Recurrent layers, one on another."""
    embedding_size: SizeOrZero = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
    tied: bool = True
    """Whether the softmax uses the symbols' vectors as its weights (Press and Wolf, 2017)."""
    direction: Literal["forward", "both"] = "forward"
    """both trains a forward and a backward model that share vectors and softmax, for scoring and as features."""
    tokenizer: Literal["char", "word", "bpe"] = "char"
    """Symbols: characters; words between white space; or byte pairs."""
    vocabulary_size: VocabularySize = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    sequence_length: Count = 128
    """Steps through which the gradient flows back; the state is carried on beyond."""
    reset_probability: Probability = 0.0
    """Probability that a sequence begins without the state carried to it, so that the model also learns to begin."""
    dropout: Share = 0.2
    """Dropped outputs of every recurrent layer."""
    input_dropout: Share = 0.0
    """Dropped features of the symbols' vectors."""
    embedding_dropout: Share = 0.0
    """Symbols dropped whole, everywhere in a batch (Gal and Ghahramani, 2016)."""
    weight_dropout: Share = 0.0
    """Dropped recurrent weights (Merity et al., 2018)."""
    variational: bool = True
    """Whether dropout draws one mask for all steps of a sequence."""
    zoneout: Share = 0.0
    """Probability that a unit keeps its last state."""
    layer_norm: bool = False
    """Normalise inside the cell."""
    residual: bool = False
    """Add each layer's input to its output."""
    valid_fraction: Annotated[float, Range(0, 1, without_least=True, without_most=True)] = 0.1
    """Share of the end of the data to validate on, when no validation data is given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "cell", self.cell in CELLS, f"one of {', '.join(CELLS)}")


class LanguageNetwork(nn.Module):
    """Symbols to vectors, one recurrence or two, and a softmax over the next symbol."""

    def __init__(self, symbols: int, config: LanguageModelConfig):
        super().__init__()
        width = config.embedding_size or config.hidden_size
        self.embedding = nn.Embedding(symbols, width)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        self.embedding_dropout = config.embedding_dropout
        self.reset_probability = config.reset_probability
        dropout = VariationalDropout if config.variational else Dropout
        self.input_dropout = dropout(config.input_dropout)
        self.output_dropout = dropout(config.dropout)
        self.directions = ("forward", "backward") if config.direction == "both" else ("forward",)
        self.recurrent = nn.ModuleList(_recurrence(width, config) for _ in self.directions)
        self.projection: nn.Module = nn.Identity()
        if config.tied and width != config.hidden_size:
            self.projection = nn.Linear(config.hidden_size, width, bias=False)
        self.decoder = None if config.tied else nn.Parameter(torch.empty(symbols, config.hidden_size))
        if self.decoder is not None:
            nn.init.uniform_(self.decoder, -0.1, 0.1)
        self.bias = nn.Parameter(torch.zeros(symbols))

    def forward(self, *batch: Any) -> tuple[Tensor, list[Any]]:
        """Compute the loss.

        Args:
            batch: inputs and targets (B, T), a pair for each direction, and last the carried states, a list with one
                for each direction, or None.

        Returns:
            Mean loss in nats a symbol, averaged over the directions; and the next states.
        """
        *pairs, states = batch
        losses, carried = [], []
        for direction, name in enumerate(self.directions):
            x, target = pairs[2 * direction : 2 * direction + 2]
            h, state = self.hidden(x, None if states is None else self._reset(states[direction]), name)
            losses.append(linear_cross_entropy(h, self.output_weight, self.bias, target.T) / target.numel())
            carried.append(state)
        return torch.stack(losses).mean(), carried

    @property
    def output_weight(self) -> Tensor:
        """Weights of the softmax, one row a symbol."""
        return self.embedding.weight if self.decoder is None else self.decoder

    def hidden(self, x: Tensor, state: Any, direction: str = "forward") -> tuple[Tensor, Any]:
        """Compute what the softmax reads, (T, B, F), from symbols (B, T), and the next state."""
        recurrence = self.recurrent[self.directions.index(direction)]
        h, state = read_symbols(recurrence, x.T, self._kept_embedding(), self.input_dropout, state)
        return self.projection(self.output_dropout(h)), state

    def _reset(self, state: Any) -> Any:
        """In training, let some sequences begin anew: one draw a sequence, for all layers and parts of the state."""
        if not self.training or not self.reset_probability:
            return state
        parts = state if isinstance(state, tuple | list) else (state,)  # (L, B, H) each
        keep = parts[0].new_empty(parts[0].shape[1], 1)
        keep.bernoulli_(1 - self.reset_probability, generator=generator_for(keep))
        kept = tuple(part * keep for part in parts)
        return kept if len(kept) > 1 else kept[0]

    def _kept_embedding(self) -> Tensor:
        weight = self.embedding.weight
        if self.training and self.embedding_dropout:
            keep = weight.new_empty(len(weight), 1)
            keep.bernoulli_(1 - self.embedding_dropout, generator=generator_for(keep))
            weight = weight * keep / (1 - self.embedding_dropout)
        return weight

    def step(self, symbols: Tensor, state: Any, weights: Any = None) -> tuple[Tensor, Any]:
        """Read one symbol of each stream, (B,); give the scores of the next, (B, V), and the next state.

        `weights` may be what `pack` of the recurrence returned.
        """
        recurrence: Any = self.recurrent[0]
        h, state = recurrence.step(self.embedding(symbols), state, weights)
        return linear(self.projection(h), self.output_weight, self.bias), state


def _recurrence(width: int, config: LanguageModelConfig) -> Recurrent:
    recurrence = Recurrent(
        CELLS[config.cell],
        width,
        config.hidden_size,
        config.num_layers,
        dropout=config.dropout,
        variational=config.variational,
        weight_dropout=config.weight_dropout,
        zoneout=config.zoneout,
        layer_norm=config.layer_norm,
        residual=config.residual,
        orthogonal=True,
        forget_bias=1.0,
    )
    recurrence.copies_output = False
    return recurrence


@dataclass
class LanguageLesson:
    """A text to learn from and one to validate on, for the training loop."""

    network: nn.Module
    config: LanguageModelConfig
    train: Corpus
    valid: Corpus
    monitor: str = "valid_nats_per_token"
    unit: str = "tokens"
    loss_unit: str = "nats a token"
    notes: Sequence[str] = ()

    def _streams(self, epoch: int, rank: int = 0, world_size: int = 1) -> list[Streams]:
        """Cut the text differently each epoch; a second direction reads it from the end."""
        length, size = self.config.sequence_length, self.config.batch_size
        spare = min(length, max(1, (len(self.train) - 2 * size) // 2))
        offset = int(np.random.default_rng([self.config.seed, epoch]).integers(spare)) if epoch else 0
        shares = (size, length, offset)
        reverses = (False, True) if self.config.direction == "both" else (False,)
        return [Streams(self.train, *shares, reverse, rank, world_size) for reverse in reverses]

    def steps_per_epoch(self, epoch: int) -> int:
        """Batches of an epoch."""
        return len(self._streams(epoch)[0])

    def batches(self, epoch: int, start: int, rank: int, world_size: int) -> Iterator[tuple[Tensor, ...]]:
        """Give inputs and targets, (B, T) each, a pair for each direction."""
        directions = [streams.batches(start) for streams in self._streams(epoch, rank, world_size)]
        for pairs in zip(*directions, strict=True):
            yield tuple(part for pair in pairs for part in pair)

    def size(self, batch: tuple[Tensor, ...]) -> int:
        """Count the predicted symbols."""
        return batch[0].numel()

    def weight(self, batch: tuple[Tensor, ...]) -> float:
        """What the loss is a mean over: the same."""
        return self.size(batch)

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation text, read in up to 32 streams for speed."""
        streams = max(1, min(32, len(self.valid) // (4 * WINDOW)))
        per_direction = [
            nats_of(
                network, Streams(self.valid, streams, WINDOW, reverse=name == "backward").batches(), name, carry=True
            )
            for name in network.directions
        ]
        nats = sum(total / count for total, count in per_direction) / len(per_direction)
        return {self.monitor: nats, "valid_perplexity": math.exp(min(nats, 700))}


@torch.inference_mode()
def nats_of(network: Any, batches: Iterable[tuple[Tensor, Tensor]], direction: str, carry: bool) -> tuple[float, int]:
    """Add up -log p of the targets; return the sum and how many there were."""
    total, count, state = 0.0, 0, None
    device = network.bias.device
    for x, target in batches:
        h, after = network.hidden(x.to(device), state, direction)
        total += float(linear_cross_entropy(h, network.output_weight, network.bias, target.T.to(device)))
        count += target.numel()
        state = after if carry else None
    return total, count
