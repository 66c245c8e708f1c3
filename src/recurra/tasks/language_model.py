"""Language model: a recurrent network that predicts the next symbol of a text, scores texts and writes new ones.

Read it from top to bottom: the settings, the network and its loss, the lesson it learns from, and the job itself.
Source: Mikolov et al., 2010, "Recurrent neural network based language model"; two directions as in Peters et al., 2018.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from recurra.data import named
from recurra.data.corpus import Corpus, fingerprint, tokenize
from recurra.data.streams import Streams, windows
from recurra.data.text import Text
from recurra.data.tokenizers import Tokenizer
from recurra.data.writer import Writer
from recurra.errors import DataError
from recurra.kernels import linear, linear_cross_entropy
from recurra.nn import Dropout, Recurrent, VariationalDropout
from recurra.nn.cells import CELLS
from recurra.nn.decoding import sample_stream
from recurra.nn.symbols import read_symbols
from recurra.training.settings import TrainingConfig, require
from recurra.training.task import Task

WINDOW = 256  # symbols; the length at which published transformers are scored


@dataclass(kw_only=True)
class LanguageModelConfig(TrainingConfig):
    """Settings of a language model."""

    batch_size: int = 32
    """Streams of text learnt from at once, over all processes."""
    learning_rate: float = 3e-3
    """Size of the steps, at their largest."""
    cell: str = "lstm"
    """Recurrent cell: rnn (tanh), relu (rnn with a rectifier), lstm or gru."""
    hidden_size: int = 512
    """Units of each recurrent layer."""
    num_layers: int = 2
    """Recurrent layers, one on another."""
    embedding_size: int = 0
    """Size of the symbols' vectors; 0 takes hidden_size."""
    tied: bool = True
    """Whether the softmax uses the symbols' vectors as its weights (Press and Wolf, 2017)."""
    direction: Literal["forward", "both"] = "forward"
    """both trains a forward and a backward model that share vectors and softmax, for scoring and as features."""
    tokenizer: Literal["char", "word", "bpe"] = "char"
    """Symbols: characters; words between white space; or byte pairs."""
    vocabulary_size: int = 0
    """Symbols at most; 0 means all characters, 10,000 words, or 4,096 byte pairs."""
    sequence_length: int = 128
    """Steps through which the gradient flows back; the state is carried on beyond."""
    reset_probability: float = 0.0
    """Probability that a sequence begins without the state carried to it, so that the model also learns to begin."""
    dropout: float = 0.2
    """Dropped outputs of every recurrent layer."""
    input_dropout: float = 0.0
    """Dropped features of the symbols' vectors."""
    embedding_dropout: float = 0.0
    """Symbols dropped whole, everywhere in a batch (Gal and Ghahramani, 2016)."""
    weight_dropout: float = 0.0
    """Dropped recurrent weights (Merity et al., 2018)."""
    variational: bool = True
    """Whether dropout draws one mask for all steps of a sequence."""
    zoneout: float = 0.0
    """Probability that a unit keeps its last state."""
    layer_norm: bool = False
    """Normalise inside the cell."""
    residual: bool = False
    """Add each layer's input to its output."""
    valid_fraction: float = 0.1
    """Share of the end of the data to validate on, when no validation data is given."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "cell", self.cell in CELLS, f"one of {', '.join(CELLS)}")
        for name in ("hidden_size", "num_layers", "sequence_length"):
            require(self, name, getattr(self, name) >= 1, "at least 1")
        for name in ("dropout", "input_dropout", "embedding_dropout", "weight_dropout", "zoneout", "valid_fraction"):
            require(self, name, 0 <= getattr(self, name) < 1, "0 <= p < 1")
        require(self, "reset_probability", 0 <= self.reset_probability <= 1, "0 <= p <= 1")
        for name in ("embedding_size", "vocabulary_size"):
            require(self, name, getattr(self, name) >= 0, "0 or more")


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
        keep = parts[0].new_empty(parts[0].shape[1], 1).bernoulli_(1 - self.reset_probability)
        kept = tuple(part * keep for part in parts)
        return kept if len(kept) > 1 else kept[0]

    def _kept_embedding(self) -> Tensor:
        weight = self.embedding.weight
        if self.training and self.embedding_dropout:
            keep = weight.new_empty(len(weight), 1).bernoulli_(1 - self.embedding_dropout)
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
    return Recurrent(
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


@dataclass
class LanguageLesson:
    """A text to learn from and one to validate on, for the training loop."""

    network: nn.Module
    config: LanguageModelConfig
    train: Corpus
    valid: Corpus
    monitor: str = "valid_nats_per_token"
    unit: str = "tokens"
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

    def evaluate(self, network: Any) -> dict[str, float]:
        """Score the validation text, read in up to 32 streams for speed."""
        streams = max(1, min(32, len(self.valid) // (4 * WINDOW)))
        per_direction = [
            _nats(network, Streams(self.valid, streams, WINDOW, reverse=name == "backward").batches(), name, carry=True)
            for name in network.directions
        ]
        nats = sum(total / count for total, count in per_direction) / len(per_direction)
        return {self.monitor: nats}


@torch.inference_mode()
def _nats(network: Any, batches: Iterable[tuple[Tensor, Tensor]], direction: str, carry: bool) -> tuple[float, int]:
    """Add up -log p of the targets; return the sum and how many there were."""
    total, count, state = 0.0, 0, None
    device = network.bias.device
    for x, target in batches:
        h, after = network.hidden(x.to(device), state, direction)
        total += float(linear_cross_entropy(h, network.output_weight, network.bias, target.T.to(device)))
        count += target.numel()
        state = after if carry else None
    return total, count


class LanguageModel(Task):
    """A language model: `fit` it on a text, then `generate`, `evaluate`, `score` or take `features`.

    Example:
        >>> lm = LanguageModel(cell="gru", hidden_size=256).fit("shakespeare.txt", epochs=5)
        >>> print(lm.generate("ROMEO:", length=400, temperature=0.8))
    """

    name = "language-model"
    Config = LanguageModelConfig

    def __init__(self, **settings: Any):
        super().__init__(**settings)
        self.tokenizer: Tokenizer | None = None

    # --- learning --------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self.tokenizer = None

    def _prepare(self, data: Any, valid: Any) -> tuple[LanguageLesson, str]:
        parts = named.resolve(data)
        train = parts["train"]
        if valid is not None:
            held_out = next(iter(named.resolve(valid).values()))
        elif "valid" in parts:
            held_out = parts["valid"]
        else:
            train, held_out = train.split(self.config.valid_fraction)
        train_print, valid_print = fingerprint(train.pieces()), fingerprint(held_out.pieces())
        if self.tokenizer is None:
            size = self.config.vocabulary_size
            self.tokenizer = Tokenizer.learn(self.config.tokenizer, train.pieces(), size)
        lesson = LanguageLesson(
            self._build(),
            self.config,
            tokenize(train.pieces(), self.tokenizer, train_print),
            tokenize(held_out.pieces(), self.tokenizer, valid_print),
        )
        return lesson, fingerprint([train_print, valid_print])

    def _build(self) -> LanguageNetwork:
        return LanguageNetwork(len(self._tokenizer()), self.config)

    def _tokenizer(self) -> Tokenizer:
        self.tokenizer or self._fitted()
        assert self.tokenizer is not None
        return self.tokenizer

    def _write_parts(self, folder: Path) -> None:
        self._tokenizer().save(folder / "tokenizer.json")

    def _read_parts(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.load(folder / "tokenizer.json")

    # --- scoring ---------------------------------------------------------------------------------------------------

    def evaluate(self, data: Any, part: str | None = None) -> dict[str, float]:
        """Score a text.

        Args:
            data: a file, files, a folder of .txt files or a named data set.
            part: of a named data set, "train", "valid" or "test"; None takes "test" where there is one, else "valid".

        Returns:
            Nats and bits per character and perplexity per token, each in two ways: "carried", with the state carried
            through the whole text, and "windows_256", in separate windows of 256 symbols; how many tokens and
            characters were predicted, and how many of the tokens were unknown. A model of two directions gives the
            mean over its directions (of nats), and each direction's own figures with its name in front.
        """
        text: Text = named.part_to_score(data, named.resolve(data), part)
        network: Any = self._fitted().eval()
        corpus = tokenize(text.pieces(), self._tokenizer(), fingerprint(text.pieces()))
        tokens = len(corpus) - 1
        characters = corpus.characters - len(self._tokenizer().decode(corpus.numbers()[:1].tolist()))
        nats: dict[str, dict[str, float]] = {}
        for name in network.directions:
            reverse = name == "backward"
            whole = Streams(corpus, 1, 2 * WINDOW, reverse=reverse).batches()
            nats[name] = {
                "carried": _nats(network, whole, name, carry=True)[0],
                f"windows_{WINDOW}": _nats(network, windows(corpus, WINDOW, 64, reverse), name, carry=False)[0],
            }
        scores: dict[str, float] = {}
        if len(nats) > 1:
            for way in nats["forward"]:
                scores |= _figures(way, sum(d[way] for d in nats.values()) / len(nats), tokens, characters)
        for name, ways in nats.items():
            for way, total in ways.items():
                scores |= _figures(way if len(nats) == 1 else f"{name}_{way}", total, tokens, characters)
        return scores | {"tokens": tokens, "characters": characters, "unknown_tokens": corpus.unknown}

    @torch.inference_mode()
    def score(self, text: str) -> dict[str, float]:
        """Give the log-probability of a text in nats, by direction, its first symbol (last, backward) given."""
        network: Any = self._fitted().eval()
        numbers = self._encode(text, at_least=2, what="text")
        scores = {}
        for name in network.directions:
            x = numbers.flip(-1) if name == "backward" else numbers
            scores[name] = -_nats(network, [(x[:, :-1], x[:, 1:])], name, carry=False)[0]
        return scores

    @torch.inference_mode()
    def features(self, text: str) -> Tensor:
        """Give the hidden state after each symbol of a text, (T, H), or (T, 2 H) with both directions.

        In the backward half, row t is the state of the model that has read the text from its end to symbol t. Source:
        contextual string embeddings (Akbik et al., 2018).
        """
        network: Any = self._fitted().eval()
        numbers = self._encode(text, at_least=1, what="text")
        forward, _ = network.recurrent[0](network.embedding(numbers.T))
        halves = [forward[:, 0]]
        if len(network.directions) == 2:
            backward, _ = network.recurrent[1](network.embedding(numbers.flip(-1).T))
            halves.append(backward[:, 0].flip(0))
        return torch.cat(halves, -1)

    def _encode(self, text: str, at_least: int, what: str) -> Tensor:
        """Turn text into symbols (1, T); a character the model has never seen is an error."""
        tokenizer = self._tokenizer()
        numbers = tokenizer.encode(text)
        if len(numbers) < at_least:
            raise DataError(f"{what}: expected at least {at_least} symbols, got {len(numbers)}")
        if tokenizer.kind == "char" and (numbers == tokenizer.unknown).any():
            strange = sorted({c for c, n in zip(text, numbers, strict=True) if n == tokenizer.unknown})
            raise DataError(f"{what}: expected characters that the model knows, got {' '.join(map(repr, strange))}")
        return torch.from_numpy(numbers).unsqueeze(0).to(next(self._fitted().parameters()).device)

    # --- writing ---------------------------------------------------------------------------------------------------

    def generate(
        self,
        prompt: str = "",
        length: int = 400,
        *,
        samples: int | None = None,
        stop: str | None = None,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        """Write text that goes on from a prompt.

        Args:
            prompt: what the text begins with; it is not repeated in the result. "" begins after a line end.
            length: symbols to write at most.
            samples: None for one text; a number for a list of so many.
            stop: end a text before the first occurrence of this string.
            temperature, top_k, top_p: see `recurra.nn.decoding.filter_scores`.
            seed: makes the result repeatable; None draws anew each time.

        Returns:
            A text, or a list of texts.
        """
        filters = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        texts = [""] * (samples or 1)
        for pieces in self.stream(prompt, length, samples or 1, stop, seed, **filters):
            texts = [text + piece for text, piece in zip(texts, pieces, strict=True)]
        return texts[0] if samples is None else texts

    @torch.inference_mode()
    def stream(
        self,
        prompt: str = "",
        length: int | None = None,
        samples: int = 1,
        stop: str | None = None,
        seed: int | None = None,
        **filters: Any,
    ) -> Iterator[list[str]]:
        """Write texts side by side as `generate` does, giving each piece as it is made.

        Memory stays constant however long the texts become; `length` None goes on without end.

        Yields:
            What each of the `samples` texts goes on with; "" while a text waits for more, or has ended.
        """
        if samples < 1 or (length is not None and length < 0):
            raise DataError(f"expected samples of at least 1 and a length of 0 or more, got {samples} and {length}")
        network: Any = self._fitted().eval()
        tokenizer = self._tokenizer()
        generator = torch.Generator(network.bias.device)
        generator.manual_seed(seed) if seed is not None else generator.seed()
        h, state = network.hidden(self._encode(prompt or self._beginning(), 1, "prompt").expand(samples, -1), None)
        weights = network.recurrent[0].pack()
        forbidden = torch.zeros_like(network.bias)
        if tokenizer.unknown is not None:
            forbidden[tokenizer.unknown] = -torch.inf

        def step(symbols: Tensor, state: Any) -> tuple[Tensor, Any]:
            scores, state = network.step(symbols, state, weights)
            return scores + forbidden, state

        first = linear(h[-1], network.output_weight, network.bias) + forbidden
        writers = [Writer(tokenizer, stop) for _ in range(samples)]
        for made, symbols in enumerate(sample_stream(step, first, state, generator, **filters)):
            if made == length or all(writer.ended for writer in writers):
                break
            yield [writer.push(symbol) for writer, symbol in zip(writers, symbols.tolist(), strict=True)]
        yield [writer.close() for writer in writers]

    def _beginning(self) -> str:
        """What stands before a text that has no prompt: a line end, or the first symbol where there is none."""
        tokenizer = self._tokenizer()
        knows_line_end = len(tokenizer.encode("\n")) == 1 and tokenizer.encode("\n")[0] != tokenizer.unknown
        return "\n" if knows_line_end else tokenizer.decode([len(tokenizer) - 1])


def _figures(way: str, nats: float, tokens: int, characters: int) -> dict[str, float]:
    per_character = nats / max(1, characters)
    return {
        f"{way}_nats_per_character": per_character,
        f"{way}_bits_per_character": per_character / math.log(2),
        f"{way}_perplexity_per_token": math.exp(min(nats / tokens, 700)),
    }
